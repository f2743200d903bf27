import { z } from 'zod';
import { roleAtLeast, roleOf } from '../auth/access.ts';
import { readBody } from '../http/body.ts';
import { ApiError } from '../http/errors.ts';
import { paginated } from '../http/pagination.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import { closePull, emitPull } from '../pulls/sync.ts';
import { requireAccount } from '../repositories/ref-changes.ts';
import { authorOf, requireIssue } from './comment-routes.ts';
import type { Issue } from './issue.ts';
import { ensureLabels, insertIssue, requireBody, requireTitle } from './open.ts';
import { issueView, labelsView } from './views.ts';

const LabelName = z.union([z.string(), z.object({ name: z.string() }).transform((label) => label.name)]);
const NewIssueBody = z.object({
  title: z.string(),
  body: z.string().nullish(),
  labels: z.array(LabelName).default([]),
});
const IssueChanges = z.object({
  title: z.string().optional(),
  body: z.string().nullish(),
  state: z.enum(['open', 'closed']).optional(),
  state_reason: z.enum(['completed', 'not_planned', 'reopened', 'duplicate']).nullish(),
  labels: z.array(LabelName).optional(),
});
const LabelsBody = z.union([
  z.object({ labels: z.array(LabelName) }).transform((body) => body.labels),
  z.array(LabelName),
]);

function emitIssue(request: ApiRequest, action: string, issue: Issue, more: Record<string, unknown> = {}): void {
  // Pull requests have events of their own.
  if (issue.isPull) return;
  const { github, repo } = request;
  const { account, byJob } = authorOf(request);
  const payload = { issue: issueView(github, repo, issue), ...more };
  github.emit({ event: 'issues', action, repository: repo, sender: account, byJob, payload });
}

/** People without triage rights change only their own issues, and set no labels. @throws ApiError 403 */
function requireTriage(request: ApiRequest, issue: Issue | undefined): void {
  const { actor } = request;
  if (actor.kind !== 'user' || actor.user.id === issue?.authorId) return;
  if (roleAtLeast(roleOf(request.github.tables, request.repo, actor.user), 'triage')) return;
  throw new ApiError(403, 'Must have the required rights to Repository.');
}

function create(request: ApiRequest): ApiResponse {
  const { github, repo } = request;
  const { title, body, labels } = readBody(request, NewIssueBody);
  const author = requireAccount(github, request.actor);
  const issue = insertIssue(github, repo, { title, body: body ?? null, labels, isPull: false, authorId: author.id });
  emitIssue(request, 'opened', issue);
  return { status: 201, body: issueView(github, repo, issue) };
}

function get(request: ApiRequest): ApiResponse {
  return { status: 200, body: issueView(request.github, request.repo, requireIssue(request)) };
}

function list(request: ApiRequest): Promise<ApiResponse> {
  const { github, repo, query } = request;
  const state = query.get('state') ?? 'open';
  const [labels, creator, since] = ['labels', 'creator', 'since'].map((name) => query.get(name));
  const found = github.tables.issues.list({ repositoryId: repo.id }).filter((issue) => {
    if (state !== 'all' && issue.state !== state) return false;
    if (labels && !labels.split(',').every((name) => issue.labels.includes(name))) return false;
    if (creator && github.tables.accounts.get(issue.authorId)?.login.toLowerCase() !== creator.toLowerCase())
      return false;
    return !since || Date.parse(issue.updatedAt) >= Date.parse(since);
  });
  if (query.get('sort') === 'updated') found.sort((a, b) => a.updatedAt.localeCompare(b.updatedAt));
  const ordered = query.get('direction') === 'asc' ? found : found.reverse();
  return paginated(request, ordered, (issue) => issueView(github, repo, issue));
}

function setState(request: ApiRequest, issue: Issue, state: 'open' | 'closed', reason: Issue['stateReason']): Issue {
  const { github } = request;
  const now = github.timestamp();
  const by = authorOf(request);
  if (issue.isPull) {
    const pull = github.tables.pulls.find({ issueId: issue.id });
    if (state === 'open') throw new ApiError(422, 'Reopen a pull request through the pulls endpoint.');
    if (pull !== undefined) closePull(github, pull, by);
    return github.tables.issues.update(issue.id, {});
  }
  const closed = state === 'closed';
  const changed = github.tables.issues.update(issue.id, {
    state,
    stateReason: reason ?? (closed ? 'completed' : 'reopened'),
    closedAt: closed ? now : null,
    closedById: closed ? by.account.id : null,
    updatedAt: now,
  });
  emitIssue(request, closed ? 'closed' : 'reopened', changed);
  return changed;
}

function update(request: ApiRequest): ApiResponse {
  const { github, repo } = request;
  const issue = requireIssue(request);
  const body = readBody(request, IssueChanges);
  requireTriage(request, issue);
  if (body.title !== undefined) requireTitle('Issue', body.title);
  requireBody('Issue', body.body);
  let changed = github.tables.issues.update(issue.id, {
    title: body.title ?? issue.title,
    body: body.body === undefined ? issue.body : body.body,
    updatedAt: github.timestamp(),
  });
  const changes = {
    ...(changed.title === issue.title ? {} : { title: { from: issue.title } }),
    ...(changed.body === issue.body ? {} : { body: { from: issue.body ?? '' } }),
  };
  if (Object.keys(changes).length > 0) emitIssue(request, 'edited', changed, { changes });
  if (body.labels !== undefined) changed = setLabels(request, changed, body.labels);
  if (body.state !== undefined && body.state !== issue.state) {
    changed = setState(request, changed, body.state, body.state_reason ?? null);
  }
  return { status: 200, body: issueView(github, repo, changed) };
}

function emitLabel(request: ApiRequest, action: 'labeled' | 'unlabeled', issue: Issue, name: string): void {
  const { github, repo } = request;
  const [label] = labelsView(github, repo, [name]);
  emitIssue(request, action, issue, { label });
  const pull = github.tables.pulls.find({ issueId: issue.id });
  if (pull !== undefined) emitPull(github, pull, action, authorOf(request), { label });
}

/** Makes these the labels, with an event for each that comes or goes. */
function setLabels(request: ApiRequest, issue: Issue, names: readonly string[]): Issue {
  const { github, repo } = request;
  const labels = ensureLabels(github, repo, names);
  const added = labels.filter((name) => !issue.labels.includes(name));
  const removed = issue.labels.filter((name) => !labels.includes(name));
  if (added.length + removed.length === 0) return issue;
  const changed = github.tables.issues.update(issue.id, { labels, updatedAt: github.timestamp() });
  for (const name of added) emitLabel(request, 'labeled', changed, name);
  for (const name of removed) emitLabel(request, 'unlabeled', changed, name);
  return changed;
}

function addLabels(request: ApiRequest): ApiResponse {
  const { github, repo } = request;
  const issue = requireIssue(request);
  requireTriage(request, undefined);
  const { labels } = setLabels(request, issue, [...issue.labels, ...readBody(request, LabelsBody)]);
  return { status: 200, body: labelsView(github, repo, labels) };
}

function listLabels(request: ApiRequest): Promise<ApiResponse> {
  const { labels } = requireIssue(request);
  return paginated(request, labelsView(request.github, request.repo, labels), (label) => label);
}

function removeLabel(request: ApiRequest): ApiResponse {
  const { github, repo } = request;
  const issue = requireIssue(request);
  requireTriage(request, undefined);
  const name = github.tables.labels.find({ repositoryId: repo.id, name: request.params['name'] ?? '' })?.name;
  if (name === undefined || !issue.labels.includes(name)) throw new ApiError(404, 'Label does not exist');
  const { labels } = setLabels(
    request,
    issue,
    issue.labels.filter((label) => label !== name),
  );
  return { status: 200, body: labelsView(github, repo, labels) };
}

const read = { permission: ['issues', 'pull_requests'], level: 'read' } as const;
const write = { permission: ['issues', 'pull_requests'], level: 'write' } as const;
const one = '/repos/{owner}/{repo}/issues/{issue_number}';

export const issueRoutes: readonly Route[] = [
  { method: 'GET', path: '/repos/{owner}/{repo}/issues', access: read, handle: list },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/issues',
    access: { permission: 'issues', level: 'write' },
    handle: create,
  },
  { method: 'GET', path: one, access: read, handle: get },
  { method: 'PATCH', path: one, access: write, handle: update },
  { method: 'GET', path: `${one}/labels`, access: read, handle: listLabels },
  { method: 'POST', path: `${one}/labels`, access: write, handle: addLabels },
  { method: 'DELETE', path: `${one}/labels/{name}`, access: write, handle: removeLabel },
];

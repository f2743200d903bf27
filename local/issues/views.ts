import { nodeId, userOrNull } from '../accounts/views.ts';
import { appView } from '../apps/views.ts';
import type { LocalGitHub } from '../github.ts';
import type { Repository } from '../repositories/repository.ts';
import { repositoryApiUrl, repositoryPageUrl } from '../repositories/views.ts';
import { type Comment, type Issue, type Reaction, ReactionContent } from './issue.ts';

type Json = Record<string, unknown>;

/** How the author relates to the repository, in GitHub's words. */
export function authorAssociation(github: LocalGitHub, repository: Repository, accountId: number): string {
  const { tables } = github;
  if (repository.ownerId === accountId) return 'OWNER';
  if (tables.teamMembers.find({ organizationId: repository.ownerId, accountId, state: 'active' }) !== undefined)
    return 'MEMBER';
  const collaborator = tables.collaborators.find({ repositoryId: repository.id, accountId });
  return collaborator === undefined ? 'NONE' : 'COLLABORATOR';
}

function rollup(url: string, reactions: readonly Reaction[]): Json {
  const counts = ReactionContent.options.map((content) => [
    content,
    reactions.filter((one) => one.content === content).length,
  ]);
  return { url, total_count: reactions.length, ...Object.fromEntries(counts) };
}

export function labelsView(github: LocalGitHub, repository: Repository, names: readonly string[]): Json[] {
  return names.map((name) => {
    const label = github.tables.labels.find({ repositoryId: repository.id, name });
    return {
      id: label?.id ?? 0,
      node_id: nodeId('LA', label?.id ?? 0),
      url: `${repositoryApiUrl(github, repository)}/labels/${encodeURIComponent(name)}`,
      name,
      // The simple view of a pull request allows no null here.
      description: '',
      color: 'ededed',
      default: false,
    };
  });
}

function pullLinks(github: LocalGitHub, repository: Repository, issue: Issue): Json {
  if (!issue.isPull) return {};
  const page = `${repositoryPageUrl(github, repository)}/pull/${issue.number}`;
  const pull = github.tables.pulls.find({ issueId: issue.id });
  return {
    draft: pull?.draft ?? false,
    pull_request: {
      url: `${repositoryApiUrl(github, repository)}/pulls/${issue.number}`,
      html_url: page,
      diff_url: `${page}.diff`,
      patch_url: `${page}.patch`,
      merged_at: pull?.mergedAt ?? null,
    },
  };
}

/** GitHub's `issue`; a pull request is one, with a `pull_request` field. */
export function issueView(github: LocalGitHub, repository: Repository, issue: Issue): Json {
  const api = repositoryApiUrl(github, repository);
  const url = `${api}/issues/${issue.number}`;
  const reactions = github.tables.reactions.list({ issueId: issue.id, commentId: null });
  return {
    id: issue.id,
    node_id: nodeId(issue.isPull ? 'PR' : 'I', issue.id),
    url,
    repository_url: api,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: `${repositoryPageUrl(github, repository)}/${issue.isPull ? 'pull' : 'issues'}/${issue.number}`,
    number: issue.number,
    title: issue.title,
    body: issue.body,
    state: issue.state,
    state_reason: issue.stateReason,
    locked: issue.locked,
    active_lock_reason: null,
    user: userOrNull(github, issue.authorId),
    author_association: authorAssociation(github, repository, issue.authorId),
    labels: labelsView(github, repository, issue.labels),
    assignee: null,
    assignees: [],
    milestone: null,
    comments: github.tables.comments.count({ issueId: issue.id }),
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    closed_by: userOrNull(github, issue.closedById),
    performed_via_github_app: null,
    reactions: rollup(`${url}/reactions`, reactions),
    ...pullLinks(github, repository, issue),
  };
}

/** GitHub's `issue-comment`. */
export function commentView(github: LocalGitHub, repository: Repository, issue: Issue, comment: Comment): Json {
  const api = repositoryApiUrl(github, repository);
  const url = `${api}/issues/comments/${comment.id}`;
  const page = `${repositoryPageUrl(github, repository)}/${issue.isPull ? 'pull' : 'issues'}/${issue.number}`;
  const app = comment.appId === null ? undefined : github.tables.apps.get(comment.appId);
  return {
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    url,
    html_url: `${page}#issuecomment-${comment.id}`,
    issue_url: `${api}/issues/${issue.number}`,
    body: comment.body,
    user: userOrNull(github, comment.authorId),
    author_association: authorAssociation(github, repository, comment.authorId),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    performed_via_github_app: app === undefined ? null : appView(github, app),
    reactions: rollup(`${url}/reactions`, github.tables.reactions.list({ issueId: issue.id, commentId: comment.id })),
  };
}

/** GitHub's `reaction`. */
export function reactionView(github: LocalGitHub, reaction: Reaction): Json {
  return {
    id: reaction.id,
    node_id: nodeId('REA', reaction.id),
    user: userOrNull(github, reaction.authorId),
    content: reaction.content,
    created_at: reaction.createdAt,
  };
}

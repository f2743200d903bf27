import type { RepositoryEvent } from '../events.ts';
import { ZERO } from '../git/refs.ts';
import type { LocalGitHub } from '../github.ts';
import { isMap, type ValueMap } from '../workflows/values.ts';
import { changedPaths } from './changed-paths.ts';
import type { TriggerFacts } from './filters.ts';
import { toJsonMap } from './json.ts';
import type { Trigger } from './tables.ts';

/** An event in the terms of a workflow run. */
export interface EventTrigger {
  readonly event: string;
  readonly facts: TriggerFacts;
  readonly trigger: Trigger;
  readonly headBranch: string | null;
  readonly headSha: string;
  readonly headRepositoryId: number;
  readonly pullNumbers: readonly number[];
  /** The title of the run unless the workflow has a `run-name`. */
  readonly title: string;
}

/** Events that start the workflows of the default branch, at its head. */
const DEFAULT_BRANCH_EVENTS = new Set(['issue_comment', 'repository_dispatch']);

/** Triggers that the local GitHub starts workflows for. */
export const TRIGGERS: ReadonlySet<string> = new Set([
  'push',
  'pull_request',
  'pull_request_target',
  'workflow_call',
  'workflow_dispatch',
  ...DEFAULT_BRANCH_EVENTS,
]);

/**
 * What an event starts, before any workflow's filters: none, one, or for a pull request two (`pull_request` and
 * `pull_request_target`). Events that GitHub starts no workflow for give none.
 * @param payload the event's complete webhook payload.
 */
export async function triggersOf(
  github: LocalGitHub,
  event: RepositoryEvent,
  payload: Record<string, unknown>,
): Promise<EventTrigger[]> {
  const json = toJsonMap(payload);
  if (event.event === 'push') return onPush(github, event, json);
  if (event.event === 'pull_request') return onPullRequest(github, event, json);
  if (DEFAULT_BRANCH_EVENTS.has(event.event)) return onDefaultBranch(github, event, json);
  return [];
}

async function onPush(github: LocalGitHub, event: RepositoryEvent, payload: ValueMap): Promise<EventTrigger[]> {
  const { ref, before, after } = payload;
  if (typeof ref !== 'string' || typeof after !== 'string' || after === ZERO) return [];
  const commit = isMap(payload['head_commit']) ? payload['head_commit'] : {};
  const message = text(commit['message']);
  if (skipsCi(message)) return [];
  const sha = await github.git(event.repository).peel(after);
  if (sha === undefined) return [];
  const branch = ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined;
  const tag = ref.startsWith('refs/tags/') ? ref.slice('refs/tags/'.length) : undefined;
  const isNew = typeof before !== 'string' || before === ZERO;
  const paths = branch === undefined || isNew ? undefined : await changedPaths(github, event.repository, before, sha);
  return [
    {
      event: 'push',
      facts: { action: undefined, branch, tag, paths },
      trigger: triggerAt(payload, { ref, sha, workflowSha: sha, workflowRef: ref }),
      headBranch: branch ?? tag ?? null,
      headSha: sha,
      headRepositoryId: event.repository.id,
      pullNumbers: [],
      title: message.split('\n', 1)[0] ?? '',
    },
  ];
}

async function onPullRequest(github: LocalGitHub, event: RepositoryEvent, payload: ValueMap): Promise<EventTrigger[]> {
  const pull = isMap(payload['pull_request']) ? payload['pull_request'] : {};
  const head = isMap(pull['head']) ? pull['head'] : {};
  const base = isMap(pull['base']) ? pull['base'] : {};
  const number = Number(pull['number']);
  const headSha = text(head['sha']);
  const headRepository = isMap(head['repo']) ? Number(head['repo']['id']) : event.repository.id;
  const git = github.git(event.repository);
  const headCommit = await git.commit(headSha);
  const common = {
    headBranch: text(head['ref']),
    headSha,
    headRepositoryId: headRepository,
    pullNumbers: headRepository === event.repository.id ? [number] : [],
    title: text(pull['title']),
  };
  const facts = {
    action: event.action,
    branch: text(base['ref']),
    tag: undefined,
    paths: await changedPaths(github, event.repository, text(base['sha']), headSha),
  };
  const refs = { headRef: text(head['ref']), baseRef: text(base['ref']) };
  const triggers: EventTrigger[] = [];
  const merge = await git.ref(`refs/pull/${number}/merge`);
  // Without a merge commit (a conflict) `pull_request` starts nothing; a closed one keeps its last.
  if (merge !== undefined && !skipsCi(headCommit?.message ?? '')) {
    const ref = `refs/pull/${number}/merge`;
    const fork = headRepository !== event.repository.id;
    triggers.push({
      event: 'pull_request',
      facts,
      ...common,
      trigger: triggerAt(payload, { ref, sha: merge, workflowSha: merge, workflowRef: ref, fork, ...refs }),
    });
  }
  const target = await defaultBranchHead(github, event);
  if (target !== undefined) {
    triggers.push({
      event: 'pull_request_target',
      facts,
      ...common,
      trigger: triggerAt(payload, { ...target, ...refs }),
    });
  }
  return triggers;
}

async function onDefaultBranch(
  github: LocalGitHub,
  event: RepositoryEvent,
  payload: ValueMap,
): Promise<EventTrigger[]> {
  const target = await defaultBranchHead(github, event);
  if (target === undefined) return [];
  return [
    {
      event: event.event,
      facts: { action: event.action, branch: undefined, tag: undefined, paths: undefined },
      trigger: triggerAt(payload, target),
      headBranch: event.repository.defaultBranch,
      headSha: target.sha,
      headRepositoryId: event.repository.id,
      pullNumbers: [],
      title: titleOf(event, payload),
    },
  ];
}

async function defaultBranchHead(github: LocalGitHub, event: RepositoryEvent) {
  const ref = `refs/heads/${event.repository.defaultBranch}`;
  const sha = await github.git(event.repository).ref(ref);
  return sha === undefined ? undefined : { ref, sha, workflowSha: sha, workflowRef: ref };
}

function triggerAt(
  payload: ValueMap,
  at: Pick<Trigger, 'ref' | 'sha' | 'workflowSha' | 'workflowRef'> & Partial<Trigger>,
): Trigger {
  return { headRef: '', baseRef: '', fork: false, inputs: {}, payload: toJsonMap(payload), ...at };
}

function titleOf(event: RepositoryEvent, payload: ValueMap): string {
  const issue = payload['issue'];
  if (isMap(issue)) return text(issue['title']);
  return event.event === 'repository_dispatch' ? (event.action ?? event.event) : event.event;
}

/** https://docs.github.com/actions/how-tos/manage-workflow-runs/skip-workflow-runs */
function skipsCi(message: string): boolean {
  return /\[(skip ci|ci skip|no ci|skip actions|actions skip)\]/.test(message);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

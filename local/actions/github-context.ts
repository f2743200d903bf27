import type { LocalGitHub } from '../github.ts';
import type { Repository } from '../repositories/repository.ts';
import { fullName } from '../repositories/views.ts';
import type { ValueMap } from '../workflows/values.ts';
import { RETENTION_DAYS } from '../workflows/workflow.ts';
import { currentAttempt, type Run } from './tables.ts';

/** The `github` context of a run, but for what differs between its jobs (`token`, `job`, `workspace`, …). */
export function githubContext(github: LocalGitHub, repository: Repository, run: Run): ValueMap {
  const { trigger } = run;
  const attempt = currentAttempt(run);
  const login = (id: number): string => github.tables.accounts.get(id)?.login ?? '';
  const full = fullName(repository);
  return {
    actor: login(run.actorId),
    actor_id: String(run.actorId),
    api_url: github.urls.api,
    base_ref: trigger.baseRef,
    event: trigger.payload,
    event_name: run.event,
    graphql_url: `${github.urls.api.replace(/\/v3$/, '')}/graphql`,
    head_ref: trigger.headRef,
    ref: trigger.ref,
    ref_name: refName(trigger.ref),
    ref_protected: isProtected(github, repository, trigger.ref),
    ref_type: trigger.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    repository: full,
    repository_id: String(repository.id),
    repository_owner: repository.owner,
    repository_owner_id: String(repository.ownerId),
    repositoryUrl: `git://${full}.git`,
    retention_days: String(RETENTION_DAYS),
    run_attempt: String(attempt.number),
    run_id: String(run.id),
    run_number: String(run.number),
    secret_source: trigger.fork ? 'None' : 'Actions',
    server_url: github.urls.server,
    sha: trigger.sha,
    triggering_actor: login(attempt.triggeringActorId),
    workflow: run.name,
    workflow_ref: `${full}/${run.path}@${trigger.workflowRef}`,
    workflow_sha: trigger.workflowSha,
  };
}

/** `refs/heads/x` → `x`, `refs/pull/1/merge` → `1/merge`. */
export function refName(ref: string): string {
  return ref.replace(/^refs\/(heads|tags|pull)\//, '');
}

function isProtected(github: LocalGitHub, repository: Repository, ref: string): boolean {
  if (!ref.startsWith('refs/heads/')) return false;
  const branch = ref.slice('refs/heads/'.length);
  return github.tables.protectedBranches.find({ repositoryId: repository.id, branch }) !== undefined;
}

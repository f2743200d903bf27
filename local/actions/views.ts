import { nodeId, userOrNull } from '../accounts/views.ts';
import type { Commit } from '../git/objects.ts';
import type { LocalGitHub } from '../github.ts';
import type { Repository } from '../repositories/repository.ts';
import { repositoryApiUrl, repositoryPageUrl, repositoryView } from '../repositories/views.ts';
import { type Artifact, currentAttempt, type Job, type Run, type WorkflowRow } from './tables.ts';

export type Json = Record<string, unknown>;

/** GitHub's `workflow`. */
export function workflowView(github: LocalGitHub, repository: Repository, workflow: WorkflowRow): Json {
  const page = repositoryPageUrl(github, repository);
  return {
    id: workflow.id,
    node_id: nodeId('W', workflow.id),
    name: workflow.name,
    path: workflow.path,
    state: 'active',
    created_at: workflow.createdAt,
    updated_at: workflow.updatedAt,
    url: `${repositoryApiUrl(github, repository)}/actions/workflows/${workflow.id}`,
    html_url: `${page}/blob/${repository.defaultBranch}/${workflow.path}`,
    badge_url: `${page}/workflows/${encodeURIComponent(workflow.name)}/badge.svg`,
  };
}

export const runPageUrl = (github: LocalGitHub, repository: Repository, runId: number): string =>
  `${repositoryPageUrl(github, repository)}/actions/runs/${runId}`;

/** GitHub's `workflow-run`, as the API and the webhook show it. */
export async function runView(github: LocalGitHub, repository: Repository, run: Run): Promise<Json> {
  const attempt = currentAttempt(run);
  const api = repositoryApiUrl(github, repository);
  const url = `${api}/actions/runs/${run.id}`;
  const headRepository = github.tables.repositories.get(run.headRepositoryId) ?? repository;
  const commit =
    (await github.git(headRepository).commit(run.headSha)) ?? (await github.git(repository).commit(run.headSha));
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('WFR', run.id),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: run.path,
    display_title: run.title,
    run_number: run.number,
    event: run.event,
    status: attempt.status,
    conclusion: attempt.conclusion,
    workflow_id: run.workflowId,
    check_suite_id: run.id,
    check_suite_node_id: nodeId('CS', run.id),
    url,
    html_url: runPageUrl(github, repository, run.id),
    pull_requests: run.pullNumbers.flatMap((number) => pullReference(github, repository, run, number)),
    created_at: run.createdAt,
    updated_at: attempt.updatedAt,
    actor: userOrNull(github, run.actorId),
    run_attempt: attempt.number,
    referenced_workflows: run.referenced.map(({ path, sha, ref }) => ({ path, sha, ref })),
    run_started_at: attempt.startedAt,
    triggering_actor: userOrNull(github, attempt.triggeringActorId),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${api}/check-suites/${run.id}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: attempt.number > 1 ? `${url}/attempts/${attempt.number - 1}` : null,
    workflow_url: `${api}/actions/workflows/${run.workflowId}`,
    head_commit: commit === undefined ? null : commitView(run.headSha, commit),
    repository: repositoryView(github, repository),
    head_repository: repositoryView(github, headRepository),
  };
}

function commitView(sha: string, commit: Commit): Json {
  const { tree, message, author, committer } = commit;
  return {
    id: sha,
    tree_id: tree,
    message,
    timestamp: committer.date,
    author: { name: author.name, email: author.email },
    committer: { name: committer.name, email: committer.email },
  };
}

function pullReference(github: LocalGitHub, repository: Repository, run: Run, number: number): Json[] {
  const pull = github.tables.pulls.find({ repositoryId: repository.id, number });
  if (pull === undefined) return [];
  const api = repositoryApiUrl(github, repository);
  const repo = { id: repository.id, url: api, name: repository.name };
  return [
    {
      url: `${api}/pulls/${number}`,
      id: pull.id,
      number,
      head: { ref: run.trigger.headRef, sha: run.headSha, repo },
      base: { ref: run.trigger.baseRef, sha: pull.baseSha, repo },
    },
  ];
}

/** GitHub's `job`, as the API and the webhook show it. */
export function jobView(github: LocalGitHub, repository: Repository, run: Run, job: Job): Json {
  const api = repositoryApiUrl(github, repository);
  return {
    id: job.id,
    run_id: run.id,
    workflow_name: run.name,
    head_branch: run.headBranch,
    run_url: `${api}/actions/runs/${run.id}`,
    run_attempt: job.attempt,
    node_id: nodeId('CR', job.id),
    head_sha: run.headSha,
    url: `${api}/actions/jobs/${job.id}`,
    html_url: `${runPageUrl(github, repository, run.id)}/job/${job.id}`,
    status: job.status,
    conclusion: job.conclusion,
    created_at: job.createdAt,
    started_at: job.startedAt ?? job.createdAt,
    completed_at: job.completedAt,
    name: job.name,
    steps: job.steps.map((step) => ({
      name: step.name,
      status: step.status,
      conclusion: step.conclusion,
      number: step.number,
      started_at: step.startedAt,
      completed_at: step.completedAt,
    })),
    check_run_url: `${api}/check-runs/${job.id}`,
    labels: job.labels,
    runner_id: job.runnerId,
    runner_name: job.runnerName,
    runner_group_id: job.runnerName === null ? null : 1,
    runner_group_name: job.runnerName === null ? null : 'Default',
  };
}

/** GitHub's `artifact`. */
export function artifactView(
  github: LocalGitHub,
  repository: Repository,
  run: Run | undefined,
  artifact: Artifact,
): Json {
  const url = `${repositoryApiUrl(github, repository)}/actions/artifacts/${artifact.id}`;
  return {
    id: artifact.id,
    node_id: nodeId('AR', artifact.id),
    name: artifact.name,
    size_in_bytes: artifact.size,
    url,
    archive_download_url: `${url}/zip`,
    expired: artifact.expiresAt <= github.now().getTime(),
    digest: artifact.digest,
    created_at: artifact.createdAt,
    updated_at: artifact.updatedAt,
    expires_at: `${new Date(artifact.expiresAt).toISOString().slice(0, 19)}Z`,
    workflow_run:
      run === undefined
        ? null
        : {
            id: run.id,
            repository_id: run.repositoryId,
            head_repository_id: run.headRepositoryId,
            head_branch: run.headBranch,
            head_sha: run.headSha,
          },
  };
}

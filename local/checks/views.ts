import { nodeId } from '../accounts/views.ts';
import { appView } from '../apps/views.ts';
import type { LocalGitHub } from '../github.ts';
import type { Repository } from '../repositories/repository.ts';
import { repositoryApiUrl, repositoryPageUrl, repositoryView } from '../repositories/views.ts';
import type { Annotation, CheckRun, CheckSuite } from './check-run.ts';

type Json = Record<string, unknown>;

/** Open pull requests of this repository's own branches at a commit. Those from forks are not listed, as on GitHub. */
function pullsAt(github: LocalGitHub, repository: Repository, headSha: string): Json[] {
  const key = { repositoryId: repository.id, headRepositoryId: repository.id, headSha };
  const url = repositoryApiUrl(github, repository);
  const repo = { id: repository.id, url, name: repository.name };
  return github.tables.pulls
    .list(key)
    .filter((pull) => github.tables.issues.get(pull.issueId)?.state === 'open')
    .map((pull) => ({
      id: pull.id,
      number: pull.number,
      url: `${url}/pulls/${pull.number}`,
      head: { ref: pull.headRef, sha: pull.headSha, repo },
      base: { ref: pull.baseRef, sha: pull.baseSha, repo },
    }));
}

/** GitHub's `check-run`, with its suite as `check_suite`. */
function runView(github: LocalGitHub, repository: Repository, run: CheckRun, suite: Json): Json {
  const url = `${repositoryApiUrl(github, repository)}/check-runs/${run.id}`;
  const page = `${repositoryPageUrl(github, repository)}/runs/${run.id}`;
  const app = github.tables.apps.get(run.appId);
  return {
    id: run.id,
    node_id: nodeId('CR', run.id),
    head_sha: run.headSha,
    external_id: run.externalId,
    name: run.name,
    url,
    html_url: page,
    details_url: run.detailsUrl ?? page,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      title: run.title,
      summary: run.summary,
      text: run.text,
      annotations_count: github.tables.annotations.count({ checkRunId: run.id }),
      annotations_url: `${url}/annotations`,
    },
    check_suite: suite,
    app: app === undefined ? null : appView(github, app),
    pull_requests: pullsAt(github, repository, run.headSha),
  };
}

export function checkRunView(github: LocalGitHub, repository: Repository, run: CheckRun): Json {
  return runView(github, repository, run, { id: run.suiteId });
}

function suiteState(runs: readonly CheckRun[]): { status: string; conclusion: string | null } {
  if (runs.some((run) => run.status !== 'completed')) return { status: 'in_progress', conclusion: null };
  const worst = ['failure', 'timed_out', 'cancelled', 'action_required', 'stale'].find((name) =>
    runs.some((run) => run.conclusion === name),
  );
  return { status: 'completed', conclusion: worst ?? 'success' };
}

function suiteView(github: LocalGitHub, repository: Repository, suite: CheckSuite): Json {
  const app = github.tables.apps.get(suite.appId);
  const runs = github.tables.checkRuns.list({ repositoryId: repository.id, headSha: suite.headSha });
  return {
    id: suite.id,
    node_id: nodeId('CS', suite.id),
    head_branch: suite.headBranch,
    head_sha: suite.headSha,
    ...suiteState(runs.filter((run) => run.suiteId === suite.id)),
    url: `${repositoryApiUrl(github, repository)}/check-suites/${suite.id}`,
    before: null,
    after: suite.headSha,
    pull_requests: pullsAt(github, repository, suite.headSha),
    ...(app === undefined ? {} : { app: appView(github, app) }),
    repository: repositoryView(github, repository),
    created_at: suite.createdAt,
    updated_at: suite.createdAt,
  };
}

/** A check run as `check_run` events carry it. */
export function checkRunEventView(github: LocalGitHub, repository: Repository, run: CheckRun): Json {
  const suite = github.tables.checkSuites.get(run.suiteId);
  return runView(github, repository, run, suite === undefined ? {} : suiteView(github, repository, suite));
}

/** GitHub's `check-annotation`. */
export function annotationView(
  github: LocalGitHub,
  repository: Repository,
  run: CheckRun,
  annotation: Annotation,
): Json {
  const path = annotation.path.split('/').map(encodeURIComponent).join('/');
  return {
    path: annotation.path,
    start_line: annotation.startLine,
    end_line: annotation.endLine,
    start_column: annotation.startColumn,
    end_column: annotation.endColumn,
    annotation_level: annotation.level,
    title: annotation.title,
    message: annotation.message,
    raw_details: annotation.rawDetails,
    blob_href: `${repositoryPageUrl(github, repository)}/blob/${run.headSha}/${path}`,
  };
}

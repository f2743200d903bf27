import type { Account } from '../accounts/account.ts';
import type { LocalGitHub } from '../github.ts';
import { ApiError } from '../http/errors.ts';
import type { Repository } from '../repositories/repository.ts';
import type { Annotation, CheckAction, CheckRun, CheckSuite } from './check-run.ts';
import { checkRunEventView } from './views.ts';

/** What a caller sets on a check run. `output` replaces title, summary and text; its annotations are appended. */
export interface CheckFields {
  readonly name?: string | undefined;
  readonly externalId?: string | undefined;
  readonly detailsUrl?: string | undefined;
  readonly status?: CheckRun['status'] | undefined;
  readonly conclusion?: CheckRun['conclusion'] | undefined;
  readonly startedAt?: string | undefined;
  readonly completedAt?: string | undefined;
  readonly output?:
    | {
        readonly title?: string | undefined;
        readonly summary: string;
        readonly text?: string | undefined;
        readonly annotations?: readonly Omit<Annotation, 'id' | 'checkRunId'>[] | undefined;
      }
    | undefined;
  readonly actions?: readonly CheckAction[] | undefined;
}

/** Who caused a change: the account that appears as sender, and whether a job's token did it. */
export interface Cause {
  readonly account: Account;
  readonly byJob: boolean;
}

function emitRun(
  github: LocalGitHub,
  action: 'created' | 'completed' | 'rerequested' | 'requested_action',
  repository: Repository,
  run: CheckRun,
  cause: Cause,
  more: { requested_action?: { identifier: string } } = {},
): void {
  // Requests go to the App that owns the run only; what happened to a run is told to every App that may read checks.
  const request = action === 'rerequested' || action === 'requested_action';
  github.emit({
    event: 'check_run',
    action,
    repository,
    sender: cause.account,
    byJob: cause.byJob,
    ...(request ? { onlyAppId: run.appId } : {}),
    payload: { check_run: checkRunEventView(github, repository, run), ...more },
  });
}

/** A conclusion means completed, and completed needs a conclusion. @throws ApiError 422 */
function stateOf(
  github: LocalGitHub,
  fields: CheckFields,
  before: CheckRun | undefined,
): Pick<CheckRun, 'status' | 'conclusion' | 'completedAt'> {
  const given = fields.conclusion ?? null;
  const status = given === null ? (fields.status ?? before?.status ?? 'queued') : 'completed';
  const conclusion = given ?? (status === 'completed' ? (before?.conclusion ?? null) : null);
  if (status === 'completed' && conclusion === null) {
    throw new ApiError(422, 'Validation Failed', [
      {
        resource: 'CheckRun',
        field: 'conclusion',
        code: 'missing_field',
        message: 'a completed check run needs a conclusion',
      },
    ]);
  }
  const completedAt = status === 'completed' ? (fields.completedAt ?? before?.completedAt ?? github.timestamp()) : null;
  return { status, conclusion, completedAt };
}

function addAnnotations(github: LocalGitHub, run: CheckRun, fields: CheckFields): void {
  for (const annotation of fields.output?.annotations ?? []) {
    github.tables.annotations.insert({ ...annotation, checkRunId: run.id });
  }
}

function ensureSuite(github: LocalGitHub, repository: Repository, appId: number, headSha: string): CheckSuite {
  const key = { repositoryId: repository.id, appId, headSha };
  const known = github.tables.checkSuites.find(key);
  if (known !== undefined) return known;
  const branch = github.tables.activities
    .list({ repositoryId: repository.id })
    .findLast((one) => one.after === headSha);
  const headBranch = branch?.ref.replace('refs/heads/', '') ?? null;
  return github.tables.checkSuites.insert({ ...key, headBranch, createdAt: github.timestamp() });
}

/** Creates a check run of the App `appId` on a commit that exists. @throws ApiError 422 for an impossible state. */
export function createCheckRun(
  github: LocalGitHub,
  repository: Repository,
  appId: number,
  headSha: string,
  fields: CheckFields & { readonly name: string },
  cause: Cause,
): CheckRun {
  const state = stateOf(github, fields, undefined);
  const run = github.tables.checkRuns.insert({
    suiteId: ensureSuite(github, repository, appId, headSha).id,
    repositoryId: repository.id,
    appId,
    headSha,
    name: fields.name,
    externalId: fields.externalId ?? '',
    detailsUrl: fields.detailsUrl ?? null,
    ...state,
    startedAt: fields.startedAt ?? github.timestamp(),
    title: fields.output?.title ?? null,
    summary: fields.output?.summary ?? null,
    text: fields.output?.text ?? null,
    actions: [...(fields.actions ?? [])],
  });
  addAnnotations(github, run, fields);
  emitRun(github, 'created', repository, run, cause);
  if (run.status === 'completed') emitRun(github, 'completed', repository, run, cause);
  return run;
}

/** Changes a check run. @throws ApiError 422 for an impossible state. */
export function updateCheckRun(
  github: LocalGitHub,
  repository: Repository,
  run: CheckRun,
  fields: CheckFields,
  cause: Cause,
): CheckRun {
  const output = fields.output;
  const updated = github.tables.checkRuns.update(run.id, {
    ...stateOf(github, fields, run),
    name: fields.name ?? run.name,
    externalId: fields.externalId ?? run.externalId,
    detailsUrl: fields.detailsUrl ?? run.detailsUrl,
    startedAt: fields.startedAt ?? run.startedAt,
    ...(output === undefined
      ? {}
      : { title: output.title ?? run.title, summary: output.summary, text: output.text ?? null }),
    ...(fields.actions === undefined ? {} : { actions: [...fields.actions] }),
  });
  addAnnotations(github, updated, fields);
  if (updated.status === 'completed' && run.status !== 'completed')
    emitRun(github, 'completed', repository, updated, cause);
  return updated;
}

/**
 * A person presses one of a check run's buttons: its App gets `check_run.requested_action`.
 * @throws ApiError 422 if the run has no such action.
 */
export function requestAction(
  github: LocalGitHub,
  repository: Repository,
  run: CheckRun,
  identifier: string,
  cause: Cause,
): void {
  if (!run.actions.some((action) => action.identifier === identifier)) {
    throw new ApiError(422, `The check run has no action "${identifier}".`);
  }
  emitRun(github, 'requested_action', repository, run, cause, { requested_action: { identifier } });
}

/** A person asks for the check to run again: its App gets `check_run.rerequested`. The run itself is not reset. */
export function rerequest(github: LocalGitHub, repository: Repository, run: CheckRun, cause: Cause): void {
  emitRun(github, 'rerequested', repository, run, cause);
}

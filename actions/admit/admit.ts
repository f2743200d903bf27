import { parseConfig } from '../../core/config/parse.ts';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { ENVELOPE_FILE, RUN_REF_PREFIX } from '../../core/ledger/entry.ts';
import { decodeRecord } from '../../core/ledger/envelope.ts';
import { LedgerError } from '../../core/ledger/error.ts';
import { type PublicKey, parsePublicKey } from '../../core/ledger/keys.ts';
import type { LostAttempt, RunRecord, RunState } from '../../core/ledger/run.ts';
import { ActionError } from '../runtime/error.ts';
import type { Log } from '../runtime/job.ts';
import type { WorkflowPlace } from '../runtime/place.ts';
import type { RepositoryReader, Run } from '../runtime/repository.ts';
import type { Inputs, Outputs } from './interface.ts';

/** On top of the command's timeout: packages, upload. Hosted runners stop at six hours, self-hosted ones at five days. */
const EXTRA_MINUTES = 45;
const LONGEST_MINUTES = 5 * 24 * 60;
/** The App's clock may run ahead of GitHub's. */
const CLOCK_SKEW_MS = 3_600_000;

/**
 * Decides whether this workflow run may train (DESIGN section 6). A dispatch alone proves nothing: anybody with write
 * access can make one.
 * @throws ActionError `not_admitted`
 */
export async function admit(
  inputs: Inputs,
  place: WorkflowPlace,
  repository: RepositoryReader,
  log: Log,
): Promise<Outputs> {
  const record = await readRecord(inputs, place, repository);
  requireRecord(record, inputs, place);
  const holder = await olderHolder(inputs, place, record, repository);
  if (holder !== null) {
    log.notice(`run ${inputs.runId} is held by workflow run ${holder} already: nothing to do here`);
    return { admitted: false, order: '', trust: '', checkpoint: '', runsOn: '', timeoutMinutes: 0 };
  }
  const minutes = Math.min(Math.ceil(record.order.timeout / 60) + EXTRA_MINUTES, LONGEST_MINUTES);
  const checkpoint = lostBefore(record)?.checkpoint ?? null;
  const { runner } = record.order;
  const runsOn = runner === null ? '' : JSON.stringify(runner);
  return {
    admitted: true,
    order: JSON.stringify(record.order),
    trust: record.trust,
    checkpoint: checkpoint === null ? '' : JSON.stringify(checkpoint),
    runsOn,
    timeoutMinutes: minutes,
  };
}

/** The attempt before this one; null for the first. */
function lostBefore({ state }: RunRecord): LostAttempt | null {
  return state.state === 'accepted' || state.state === 'training' ? (state.lost ?? null) : null;
}

async function readRecord(inputs: Inputs, place: WorkflowPlace, repository: RepositoryReader): Promise<RunRecord> {
  const keys = await policyKeys(place, repository);
  const ref = `${RUN_REF_PREFIX}${inputs.runId}`;
  const commit = await repository.commitOf(ref);
  if (commit === null) throw refuse(`the ledger holds no run ${inputs.runId} (${ref})`);
  const envelope = await repository.file(commit, ENVELOPE_FILE);
  if (envelope === null) throw refuse(`${ref} holds no ${ENVELOPE_FILE}`);
  try {
    return decodeRecord(envelope, keys).record;
  } catch (error) {
    if (error instanceof LedgerError)
      throw refuse(`the record of run ${inputs.runId} can’t be trusted: ${error.message}`, error);
    throw error;
  }
}

/** Keys come from the policy of the commit that this workflow runs on, never from the record. */
async function policyKeys(place: WorkflowPlace, repository: RepositoryReader): Promise<readonly PublicKey[]> {
  const text = await repository.file(place.sha, CONFIG_PATH);
  if (text === null) throw refuse(`the default branch holds no ${CONFIG_PATH}`);
  const parsed = parseConfig(Buffer.from(text).toString('utf8'));
  if (!parsed.ok) {
    const [first] = parsed.problems;
    throw refuse(
      `${CONFIG_PATH} of the default branch is not valid: line ${first?.line ?? 1}: ${first?.message ?? ''}`,
    );
  }
  const paths = parsed.config.policy.signing?.keys ?? [];
  if (paths.length === 0)
    throw refuse('the policy names no signing key (policy.signing.keys): no record can be trusted');
  return Promise.all(
    paths.map(async (path) => {
      const pem = await repository.file(place.sha, path);
      if (pem === null)
        throw refuse(`the policy names the signing key ${path}, which the default branch does not hold`);
      try {
        return parsePublicKey(Buffer.from(pem).toString('utf8'));
      } catch (error) {
        throw refuse(`${path} is no usable signing key: ${error instanceof Error ? error.message : error}`, error);
      }
    }),
  );
}

function requireRecord(record: RunRecord, inputs: Inputs, place: WorkflowPlace): void {
  const wrong = [
    // A signed record copied from another repository or run is still somebody else's.
    record.repository.toLowerCase() === place.repository.toLowerCase()
      ? null
      : `is of the repository ${record.repository}`,
    record.run === inputs.runId ? null : `is of the run ${record.run}`,
    record.commit === inputs.commit ? null : `names the commit ${record.commit}, the dispatch ${inputs.commit}`,
    record.order.commit === record.commit ? null : `orders another commit, ${record.order.commit}`,
    // A fork's code never shares a machine with the team's.
    record.trust === 'fork' && record.order.runner === null ? 'is of a fork and names no runner for forks' : null,
  ].find((problem) => problem !== null);
  if (wrong !== undefined) throw refuse(`the record under ${inputs.runId} ${wrong}`);
}

function requireUntrained({ run, state: { state } }: RunRecord): void {
  if (state !== 'accepted' && state !== 'training') throw refuse(`run ${run} is ${state}: it trains no more`);
}

/** The workflow run that trains or trained it, as far as the record tells: a second dispatch may come late. */
function trainedBy(state: RunState): number | null {
  switch (state.state) {
    case 'training':
      return state.workflowRun;
    case 'judging':
    case 'judged':
      return state.trainRun;
    case 'failed':
      return state.at === 'training' ? state.workflowRun : null;
    case 'accepted':
    case 'cancelled':
      return null;
  }
}

/** The id of the workflow run that holds this training run, when it is not this one. */
async function olderHolder(
  inputs: Inputs,
  place: WorkflowPlace,
  record: RunRecord,
  repository: RepositoryReader,
): Promise<number | null> {
  // The signed record itself names the holder; without an App, where nothing is dispatched, it always does.
  const holder = trainedBy(record.state);
  if (holder !== null && holder !== place.runId) return holder;
  requireUntrained(record);
  if (holder !== null) return null;
  const own = await repository.run(place.runId);
  if (own.event !== 'workflow_dispatch' || !carries(own, inputs)) {
    throw refuse(
      `this workflow run is no dispatch whose run-name says "train ${inputs.runId}": found "${own.display_title}"`,
    );
  }
  const since = new Date(Math.min(Date.parse(record.acceptedAt), Date.parse(own.created_at)) - CLOCK_SKEW_MS);
  const runs = await repository.dispatchedSince(since);
  // Only those of the account that dispatched this one: a run that somebody else names so must not take its place.
  const rivals = runs.filter((run) => run.workflow_id === own.workflow_id && run.actor?.login === own.actor?.login);
  // Up to the one that lost its runner, they are attempts before this one.
  const before = lostBefore(record)?.workflowRun ?? 0;
  const oldest = rivals.find((run) => run.id > before && carries(run, inputs));
  return oldest === undefined || oldest.id === own.id ? null : oldest.id;
}

function carries(run: Run, inputs: Inputs): boolean {
  return run.display_title.split(/\s+/).join(' ').endsWith(`train ${inputs.runId}`);
}

function refuse(message: string, cause?: unknown): ActionError {
  return new ActionError('not_admitted', message, { cause });
}

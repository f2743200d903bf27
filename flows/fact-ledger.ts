import type { ParsedLine } from '../core/commands/parse.ts';
import type { TrainingAction } from '../core/decision/action.ts';
import type { Facts, RunFact } from '../core/decision/facts.ts';
import { operationOf } from '../core/decision/request.ts';
import { activeHold, activeLocks, approvedFork } from '../core/ledger/controls.ts';
import { costOf } from '../core/ledger/cost.ts';
import type { VerifiedRecord } from '../core/ledger/envelope.ts';
import { type ModelState, modelState } from '../core/ledger/fold.ts';
import { isFinal } from '../core/ledger/machine.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import type { Instant, ModelName, RunId, StageName, Version } from '../core/names.ts';
import { nextVersion } from '../core/promotion/gto.ts';
import { holdingOf } from '../core/promotion/override.ts';
import { valueAt } from '../core/records.ts';
import { FlowError } from './error.ts';
import type { FactSource } from './facts.ts';
import { outputKept, outputOf } from './judging.ts';
import { type Ledger, loadRun } from './ledger.ts';
import { modelAt } from './model-at.ts';
import { packageKept } from './package-store.ts';
import type { Ports } from './ports.ts';
import { draftTraining, type RunDraft } from './run-draft.ts';
import { selectFor } from './selection.ts';

type LedgerFact = NonNullable<Facts['ledger']>;

/** What the signed ledger says now; one that can't be trusted says so and nothing else. */
export async function ledgerFact(source: FactSource, now: Instant): Promise<LedgerFact> {
  try {
    return await readLedger(source, await source.ledger(), now);
  } catch (error) {
    if (!(error instanceof FlowError) || error.code !== 'ledger_invalid') throw error;
    const problem = error.message.slice(0, 2000);
    return { trusted: false, problem, hold: null, locks: [], okToTrain: [], models: {} };
  }
}

async function readLedger(source: FactSource, { state }: Ledger, now: Instant): Promise<LedgerFact> {
  const number = source.subject.pullRequest;
  const hold = number === null ? null : activeHold(state, number, now);
  const models = [...state.models].map(([name, model]) => [name, modelFact(model)] as const);
  return {
    trusted: true,
    problem: null,
    hold: hold && { owner: hold.by, reason: hold.reason, expiresAt: hold.expiresAt, operation: hold.operation },
    locks: activeLocks(state, now).map(({ target, by, reason, pullRequest, expiresAt, operation }) => {
      return { kind: target.kind, name: target.name, owner: by, reason, pullRequest, expiresAt, operation };
    }),
    okToTrain: number === null ? [] : await approvedHeads(source, state, number),
    // Object.fromEntries forgets the keys' brand.
    models: Object.fromEntries(models) as LedgerFact['models'],
  };
}

/** An approval is of a head in one repository: a fork that was exchanged for another has none. */
async function approvedHeads(
  source: FactSource,
  state: Ledger['state'],
  number: number,
): Promise<LedgerFact['okToTrain']> {
  const { head } = await source.pull();
  const repository = (head.repository ?? '').toLowerCase();
  return approvedFork(state, number)
    .filter(({ headRepository }) => headRepository.toLowerCase() === repository)
    .map(({ sha }) => sha);
}

function modelFact({ versions, assignments, frozen }: ModelState): LedgerFact['models'][ModelName] {
  const stages = new Map<StageName, Version[]>();
  for (const { stage, version } of assignments) stages.set(stage, [...(stages.get(stage) ?? []), version]);
  return {
    versions: versions.map(({ version }) => version),
    // As above.
    stages: Object.fromEntries(stages) as Record<StageName, Version[]>,
    frozen: frozen === null ? null : frozen.found.slice(0, 500),
  };
}

/** Every run that can be read. Whether artifacts are still kept is asked only where something is to be judged again. */
export async function runFacts(ports: Ports, source: FactSource, line: ParsedLine, now: Instant): Promise<RunFact[]> {
  const records = await source.records();
  const judges = line.kind === 'command' && (line.command.name === 'evaluate' || line.command.name === 'retry');
  const facts: RunFact[] = [];
  for (const { record } of records) {
    const mine = record.origin.kind === 'pull_request' && record.origin.number === source.subject.pullRequest;
    const artifactsKept = judges && mine ? await leftOutput(ports, source, record) : false;
    const same = (await source.subject.runId({ line: line.line, model: record.model })) === record.run;
    facts.push(
      runFact(record, {
        now,
        artifactsKept,
        operation: same ? operationOf(source.subject.comment, line.line) : operationBy(record),
      }),
    );
  }
  return facts;
}

async function leftOutput(ports: Ports, source: FactSource, record: RunRecord): Promise<boolean> {
  if (record.commit !== (await source.pull()).head.sha || !isFinal(record.state)) return false;
  // A run that evaluates another one has trained nothing itself.
  const trained = (await source.records()).find((one) => one.record.run === record.evaluates)?.record ?? record;
  const output = await outputOf(ports, await source.policy(), trained);
  return output !== null && (await outputKept(ports, trained, output.output));
}

/** What asked for a run, as its own record tells. */
function operationBy({ origin }: RunRecord): string | null {
  return origin.kind === 'pull_request' ? operationOf({ id: origin.commentId }, origin.line) : null;
}

function runFact(
  record: RunRecord,
  rest: { readonly now: Instant; readonly artifactsKept: boolean; readonly operation: string | null },
): RunFact {
  const { run, model, origin, commit, requestedBy, acceptedAt, state } = record;
  const { failedGates, heldByOther } = holdingOf(record);
  const { request } = record.order;
  const set = request.explicit.flatMap((name) => {
    const value = valueAt(request.params, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    run,
    model,
    pullRequest: origin.kind === 'pull_request' ? origin.number : null,
    commit,
    requestedBy,
    acceptedAt,
    state: state.state === 'judged' ? state.verdict : state.state,
    cost: costOf(record, rest.now),
    failedGates: [...failedGates],
    heldByOther,
    artifactsKept: rest.artifactsKept,
    failedAt: state.state === 'failed' ? (record.evaluates === null ? state.at : 'judging') : null,
    // Object.fromEntries forgets the keys' brand.
    set: Object.fromEntries(set) as RunFact['set'],
    gpu: request.resources.gpu ?? null,
    engine: request.engine,
    // A runner's checkpoints end with it. Whether one was saved, the store says when it is asked for.
    checkpointsKept: request.engine !== 'runner' && isFinal(state) && record.training.startedAt !== null,
    operation: rest.operation,
  };
}

/** Earlier runs of the very same inputs, policy and trust (invariant 7), for trainings that are about to be made. */
export async function earlierRuns(
  ports: Ports,
  source: FactSource,
  line: number,
  trainings: readonly TrainingAction[],
): Promise<NonNullable<Facts['earlier']>> {
  const found = new Map<ModelName, { run: RunId; state: 'kept' | 'in_progress' }>();
  for (const training of trainings) {
    const draft = await draftTraining(ports, source, line, training);
    const kept = await reusableRun(ports, source, draft);
    const same = (await source.records()).find((one) => isSame(one, draft) && !isFinal(one.record.state));
    if (kept !== null) found.set(draft.model, { run: kept, state: 'kept' });
    else if (same !== undefined) found.set(draft.model, { run: same.record.run, state: 'in_progress' });
  }
  // As above.
  return Object.fromEntries(found) as NonNullable<Facts['earlier']>;
}

/** Its own run of an earlier pass that broke off is launched to the end, not answered as somebody else's. */
function isSame({ record }: VerifiedRecord, draft: RunDraft): boolean {
  return (
    record.run !== draft.run &&
    record.trust === draft.trust &&
    record.fingerprint.source === draft.fingerprint.source &&
    record.fingerprint.request === draft.fingerprint.request &&
    record.policy.digest === draft.policy.digest
  );
}

async function reusableRun(ports: Ports, source: FactSource, draft: RunDraft): Promise<RunId | null> {
  const { state } = await source.ledger();
  const entered = state.findReusable(draft.fingerprint, draft.policy.digest, draft.trust);
  if (entered === null || entered.run === draft.run) return null;
  const found = await loadRun(ports, await source.policy(), entered.run);
  if (found === null || found.digest !== entered.record || found.record.state.state !== 'judged') return null;
  const { package: pack } = found.record.state;
  return pack !== null && (await packageKept(ports, pack)) ? entered.run : null;
}

/** For each model, the verified run of the default branch's own state that is no version yet, and what it would become. */
export async function candidateFacts(
  source: FactSource,
  models: readonly ModelName[],
): Promise<NonNullable<Facts['candidates']>> {
  const [policy, ledger, records] = await Promise.all([source.policy(), source.ledger(), source.records()]);
  const found = new Map<ModelName, { run: RunId; version: Version }>();
  for (const name of models) {
    const model = modelAt(policy, policy, name);
    if (model.kind !== 'known') continue;
    const selection = selectFor(policy, ledger, records, model, null);
    const state = modelState(ledger.state, name);
    if (selection.kind !== 'candidate') continue;
    const { run } = selection.run.record;
    if (!state.versions.some((version) => version.run === run)) found.set(name, { run, version: nextVersion(state) });
  }
  // Object.fromEntries forgets the keys' brand.
  return Object.fromEntries(found) as NonNullable<Facts['candidates']>;
}

import type { Fingerprint } from '../fingerprint/manifest.ts';
import type { GitId, Instant, ModelName, RunId, Sha256, StageName, Version } from '../names.ts';
import { sameLogin } from '../policy/identity.ts';
import { activeLock, addControl, type ControlState, isControl, noControls, overridesOf } from './controls.ts';
import type { LedgerEntry } from './entry.ts';
import type { VerifiedEntry } from './envelope.ts';
import { inconsistent } from './error.ts';

type Of<K extends LedgerEntry['kind']> = Extract<LedgerEntry, { kind: K }>;

/** An ended run as the ledger knows it. */
export type LedgerRun = Of<'run'>;

export interface LedgerVersion {
  readonly version: Version;
  readonly run: RunId;
  readonly package: Sha256;
  readonly commit: GitId;
  readonly entryDigest: Sha256;
}

export interface LedgerAssignment {
  readonly stage: StageName;
  readonly version: Version;
  readonly counter: number;
  readonly commit: GitId;
  readonly operation: string;
  readonly entryDigest: Sha256;
}

export interface ModelState {
  /** In the order of their entries. */
  readonly versions: readonly LedgerVersion[];
  /** Where each stage points now. */
  readonly stages: ReadonlyMap<StageName, LedgerAssignment>;
  /** Every assignment there ever was: each has its tag. */
  readonly assignments: readonly LedgerAssignment[];
  /** GTO's counter of the model, 0 before the first assignment. */
  readonly highestCounter: number;
  readonly frozen: { readonly reason: Of<'freeze'>['reason']; readonly found: string; readonly at: Instant } | null;
}

export interface LedgerState extends ControlState {
  readonly models: ReadonlyMap<ModelName, ModelState>;
  readonly runs: ReadonlyMap<RunId, LedgerRun>;
  /**
   * The newest run of this fingerprint that may be returned instead of training again (invariant 7): judged under the
   * same policy digest, with a package, of the same trust. Candidates go before held runs. That the package still
   * exists is for the caller to look up.
   */
  readonly findReusable: (
    fingerprint: Fingerprint,
    policyDigest: Sha256,
    trust: LedgerRun['trust'],
  ) => LedgerRun | null;
}

export const EMPTY_MODEL: ModelState = {
  versions: [],
  stages: new Map(),
  assignments: [],
  highestCounter: 0,
  frozen: null,
};

/**
 * What a verified ledger adds up to.
 *
 * @throws {LedgerError} `inconsistent` when an entry doesn't follow from those before it
 */
export function foldLedger(entries: readonly VerifiedEntry[]): LedgerState {
  const models = new Map<ModelName, ModelState>();
  const runs = new Map<RunId, LedgerRun>();
  const controls = noControls();
  for (const { entry, digest } of entries) {
    if (entry.kind === 'run') {
      if (runs.has(entry.run)) throw inconsistent(entry, `run ${entry.run} has ended before`);
      runs.set(entry.run, entry);
    } else if (isControl(entry)) {
      if (entry.kind === 'override') requireOverridable(entry, runs.get(entry.run));
      addControl(controls, entry);
    } else {
      if (entry.kind === 'stage') requireUnlocked(entry, controls);
      const promotable = (run: LedgerRun): boolean => mayBecomeVersion(run, controls);
      models.set(entry.model, apply(models.get(entry.model) ?? EMPTY_MODEL, entry, digest, runs, promotable));
    }
  }
  return {
    ...controls,
    models,
    runs,
    findReusable: (fingerprint, policy, trust) => reusable([...runs.values()], fingerprint, policy, trust),
  };
}

/** The state of a model that may not have entries yet. */
export function modelState(state: LedgerState, model: ModelName): ModelState {
  return state.models.get(model) ?? EMPTY_MODEL;
}

function apply(
  state: ModelState,
  entry: Of<'version' | 'stage' | 'freeze' | 'lift'>,
  digest: Sha256,
  runs: ReadonlyMap<RunId, LedgerRun>,
  promotable: (run: LedgerRun) => boolean,
): ModelState {
  switch (entry.kind) {
    case 'version':
      return {
        ...state,
        versions: [...state.versions, newVersion(state, entry, digest, runs.get(entry.run), promotable)],
      };
    case 'stage': {
      const assignment = newAssignment(state, entry, digest);
      return {
        ...state,
        stages: new Map(state.stages).set(entry.stage, assignment),
        assignments: [...state.assignments, assignment],
        highestCounter: entry.counter,
      };
    }
    case 'freeze':
      return { ...state, frozen: state.frozen ?? { reason: entry.reason, found: entry.found, at: entry.at } };
    case 'lift':
      return { ...state, frozen: null };
  }
}

function newVersion(
  state: ModelState,
  entry: Of<'version'>,
  digest: Sha256,
  run: LedgerRun | undefined,
  promotable: (run: LedgerRun) => boolean,
): LedgerVersion {
  if (run === undefined || run.model !== entry.model)
    throw inconsistent(entry, `run ${entry.run} is not a run of the model`);
  if (!promotable(run)) throw inconsistent(entry, `run ${entry.run} is no candidate`);
  if (run.package !== entry.package) throw inconsistent(entry, `its package is not that of run ${entry.run}`);
  if (state.versions.some(({ version }) => version === entry.version)) throw inconsistent(entry, 'the version exists');
  const { version, package: made, commit } = entry;
  return { version, run: entry.run, package: made, commit, entryDigest: digest };
}

/** A held run may become a version only where a gate of it was overridden; which gates it needs, its record says. */
function mayBecomeVersion(run: LedgerRun, controls: ControlState): boolean {
  if (run.trust !== 'member' || run.policyChange) return false;
  return run.outcome === 'candidate' || (run.outcome === 'held' && overridesOf(controls, run.run).length > 0);
}

/** Whoever locked a stage moves it by a command; no merge does, whoever made it. */
function requireUnlocked(entry: Of<'stage'>, controls: ControlState): void {
  const lock = activeLock(controls, { kind: 'stage', name: entry.stage }, entry.at);
  if (lock === null || (entry.reason !== 'merge' && sameLogin(lock.by, entry.by))) return;
  throw inconsistent(entry, `stage ${entry.stage} is locked by ${lock.by}`);
}

function requireOverridable(entry: Of<'override'>, run: LedgerRun | undefined): void {
  if (run === undefined || run.model !== entry.model)
    throw inconsistent(entry, `run ${entry.run} is not an ended run of the model`);
  if (run.outcome !== 'held') throw inconsistent(entry, `run ${entry.run} is ${run.outcome}, not held`);
  if (run.trust !== 'member' || run.policyChange)
    throw inconsistent(entry, `run ${entry.run} is never promoted, whatever its gates say`);
  if (run.policyDigest !== entry.policyDigest)
    throw inconsistent(entry, `run ${entry.run} was judged under another policy`);
}

function newAssignment(state: ModelState, entry: Of<'stage'>, digest: Sha256): LedgerAssignment {
  const { stage, version, counter, commit, operation } = entry;
  if (!state.versions.some((known) => known.version === version))
    throw inconsistent(entry, `there is no version ${version}`);
  if (state.assignments.some((known) => known.operation === operation && known.stage === stage))
    throw inconsistent(entry, `the operation ${operation} has moved the stage before`);
  if (counter !== state.highestCounter + 1) throw inconsistent(entry, `expected counter ${state.highestCounter + 1}`);
  return { stage, version, counter, commit, operation, entryDigest: digest };
}

function reusable(
  runs: readonly LedgerRun[],
  fingerprint: Fingerprint,
  policyDigest: Sha256,
  trust: LedgerRun['trust'],
): LedgerRun | null {
  // Runs from forks are never reused by others, and who "others" are can't be told from a fingerprint.
  if (trust === 'fork') return null;
  const same = runs.filter(
    (run) =>
      run.trust === trust &&
      run.policyDigest === policyDigest &&
      run.fingerprint.source === fingerprint.source &&
      run.fingerprint.request === fingerprint.request &&
      run.package !== null &&
      !run.policyChange,
  );
  const newest = (outcome: LedgerRun['outcome']): LedgerRun | undefined =>
    same.findLast((run) => run.outcome === outcome);
  return newest('candidate') ?? newest('held') ?? null;
}

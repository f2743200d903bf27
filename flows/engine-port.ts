import type { PolicyConfig } from '../core/config/policy.ts';
import type { ComputeEngineName } from '../core/config/training.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import type { RepositoryName, RunId } from '../core/names.ts';
import type { ExecutionId, Observation } from '../core/training/execution.ts';
import type { TrainOrder } from '../core/training/request.ts';

/** An address with all that is needed to use it: good for one object and one method, for a short time. */
export interface SignedAddress {
  readonly method: 'GET' | 'PUT';
  readonly url: string;
  /** To be sent with it; part of what was signed. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What the execution may reach of the run's own prefix in the team's store, and nothing beside it. */
export interface ExecutionStore {
  /** Where `inputs.tar` lies, the declared inputs by digest (core/packaging/tar.ts); null where the engine itself brings them. */
  readonly inputs: (SignedAddress & { readonly sha256: string }) | null;
  /** Where `output.tar` and `status.json` (core/training/status.ts) go. */
  readonly output: SignedAddress;
  readonly status: SignedAddress;
  /** Where the last checkpoint is read from, null at a first attempt, and where a new one goes. */
  readonly restore: SignedAddress | null;
  readonly checkpoint: SignedAddress | null;
}

/** Everything an engine is given; it holds no secret but addresses of this run's own prefix, which PR code may know. */
export interface Submission {
  /** Derived from run and attempt: submitting it twice gives one execution. */
  readonly execution: ExecutionId;
  readonly run: RunId;
  /** Counts from 1: a run that lost its machine goes on in a further attempt. */
  readonly attempt: number;
  readonly repository: RepositoryName;
  /** Command, setup, data, timeout, network; and in `request` parameters, seed, image and resources. */
  readonly order: TrainOrder;
  /** The declared inputs, for engines whose `store.inputs` is null: a deterministic tar, written when it is read. */
  readonly inputs: () => AsyncIterable<Uint8Array>;
  readonly store: ExecutionStore;
  /** Where live metrics may be posted, with a token for this run alone that is good for display only. */
  readonly ingest: { readonly url: string; readonly token: string } | null;
}

/** A piece of an execution's log: bytes, which may be invalid UTF-8 and hold anything. */
export interface LogPiece {
  readonly bytes: Uint8Array;
  /** Give this back to read on; opaque, and good in another process. */
  readonly next: string;
  /** What lay between the position asked for and this piece is gone, or was too much. */
  readonly skipped: boolean;
}

/**
 * Executes training where no workflow job does (docs/engines.md; test/contracts/engine.ts is what each must pass).
 *
 * Every call may be made by a process that did not make the one before, and may be repeated. Each throws PortError:
 * `unavailable` (unreachable, lost connection, 5xx: repeated later), `rate_limited`, `forbidden` (expired or insufficient
 * credentials: the message says which), `malformed` (impossible as asked: never repeated).
 */
export interface ComputeEngine {
  /** Starts it, or finds what an earlier call started under the same execution id. */
  submit(submission: Submission): Promise<void>;
  observe(execution: ExecutionId): Promise<Observation>;
  /** At most `bytes` of what the command printed, from a position on; `null` is the beginning. */
  log(execution: ExecutionId, from: string | null, bytes: number): Promise<LogPiece>;
  /** SIGTERM first, with time to write a checkpoint. @returns `gone` only when the compute is confirmed released */
  cancel(execution: ExecutionId): Promise<'gone' | 'stopping'>;
  /** Takes away what the engine still keeps of an execution that has ended. */
  forget(execution: ExecutionId): Promise<void>;
}

/** The team's own object store, in which each run has a prefix of its own. */
export interface RunStore {
  /** @param name of an object below the run's prefix; `seconds` it is good for */
  sign(run: RunId, name: string, method: 'GET' | 'PUT', seconds: number): Promise<SignedAddress>;
  /** Size in bytes and the store's own mark of its content; null where there is none. */
  stat(run: RunId, name: string): Promise<{ readonly size: number; readonly etag: string } | null>;
  /** @throws PortError `too_large` */
  read(run: RunId, name: string, maxBytes: number): Promise<Uint8Array | null>;
  /** Of any size, as it comes. @throws PortError `gone` where there is none */
  content(run: RunId, name: string): AsyncIterable<Uint8Array>;
  write(run: RunId, name: string, content: () => AsyncIterable<Uint8Array>): Promise<void>;
  /** Takes away all of a run. @param keep names of objects that stay */
  remove(run: RunId, keep?: readonly string[]): Promise<void>;
}

/**
 * What policy names for training beyond GitHub's jobs, bound to one repository. Both open what the policy of a run names
 * and the App was set up for, and throw PortError: `forbidden` where the App holds no credentials for that very address,
 * `malformed` where policy names none, or options that the engine does not know.
 */
export interface Compute {
  engine(name: ComputeEngineName, policy: PolicyConfig): Promise<ComputeEngine>;
  store(policy: PolicyConfig): Promise<RunStore>;
  /** Where a run's live metrics may be posted; null where nobody listens. */
  ingest(record: RunRecord): Promise<Submission['ingest']>;
}

import type { RepositoryName, RunId } from '../core/names.ts';
import type { ProviderName, RunnerName } from '../core/runners/names.ts';
import type { JobSeen, MachineSeen, Registered } from '../core/runners/situation.ts';
import type { RequestedResources } from '../core/training/request.ts';

/**
 * What a just-in-time runner is started with. A secret that is good for one runner and one job: it is never recorded, and
 * whoever runs on the machine may read it.
 */
export interface JitConfig {
  readonly id: number;
  readonly encoded: string;
}

/** Runners as GitHub knows them. Throws PortError; `forbidden` where the App lacks the permission. */
export interface Registrations {
  /** Those of ours, by their names: all of the repository, or of one run. */
  list(run: RunId | null): Promise<readonly Registered[]>;
  /** As it is this very moment; null when it is gone. */
  get(id: number): Promise<Registered | null>;
  /** `exists`: the name is taken, by one whose config nobody will be given again. */
  register(name: RunnerName, labels: readonly string[]): Promise<JitConfig | 'exists'>;
  /** `busy`: it was given a job, and stays. */
  remove(id: number): Promise<'removed' | 'busy'>;
  /** The job of a workflow run that asks for the label; null where there is none (yet). */
  job(workflowRun: number, label: string): Promise<JobSeen | null>;
}

/** Everything a provider is given. But for the config there is nothing secret in it, and no key of ours or of a cloud's. */
export interface MachineOrder {
  readonly name: RunnerName;
  readonly run: RunId;
  readonly repository: RepositoryName;
  readonly trust: 'member' | 'fork';
  readonly jitConfig: string;
  readonly resources: RequestedResources;
  /** Seconds after which the machine ends by itself, whatever became of us. */
  readonly deadline: number;
}

/** A machine with what it was tagged with when it was made. */
export interface Machine extends MachineSeen {
  readonly run: RunId;
}

/**
 * Makes machines that each run one job (docs/runners.md; test/contracts/runner-provider.ts is what each must pass).
 *
 * Every call may be made by a process that did not make the one before, and may be repeated. Each throws PortError:
 * `unavailable` and `rate_limited` (repeated later), `forbidden` (expired or insufficient credentials), `malformed`
 * (impossible as asked; for a quota, too, the message says what to do).
 */
export interface RunnerProvider {
  /** Makes it, or finds that it was made: one name, one machine. It is tagged in the same call that makes it. */
  create(order: MachineOrder): Promise<void>;
  /** Those of a repository, or of one of its runs; ended ones too: all that was made before this call, and nothing that is confirmed gone. */
  list(repository: RepositoryName, run: RunId | null): Promise<readonly Machine[]>;
  /** Asks for the end of a machine and of all that was made for it; of one that is gone, nothing. */
  terminate(name: RunnerName): Promise<void>;
  /** True only when nothing of it is left that costs or computes. */
  gone(name: RunnerName): Promise<boolean>;
}

/** With an App that may register runners; without it, policy's own labels are all there is. */
export interface EphemeralRunners {
  readonly registrations: Registrations;
  readonly providers: ReadonlyMap<ProviderName, RunnerProvider>;
}

import type { PolicyConfig } from '../../core/config/policy.ts';
import type { RepositoryName } from '../../core/names.ts';
import { type Compute, PortError, type RunStore } from '../../flows/ports.ts';
import { STORES } from '../stores/registry.ts';
import type { StoreCredentials } from '../stores/s3/store.ts';
import { COMPUTE_ENGINES, type EngineCredentials, sameAddress } from './registry.ts';

/** What the App may use of object stores, as whoever runs it set it up; policy chooses among that alone. */
export interface StoreAccess {
  readonly buckets: readonly string[];
  /** Null: Amazon's own. */
  readonly endpoint: string | null;
  /** Null: by the role of the machine. */
  readonly credentials: StoreCredentials | null;
}

export interface ComputeSettings {
  readonly engines: EngineCredentials;
  /** Null: none, and so no engine either. */
  readonly store: StoreAccess | null;
}

export interface ComputeOptions {
  readonly settings: ComputeSettings;
  readonly repository: RepositoryName;
  readonly ingest: Compute['ingest'];
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** Engines and store of one repository, by what its policy names and the App was set up for. */
export function computePort({ settings, repository, ingest, clock }: ComputeOptions): Compute {
  return {
    async engine(name, policy) {
      return COMPUTE_ENGINES[name]({
        given: policy.engine_options[name] ?? {},
        credentials: settings.engines,
        clock,
      });
    },
    store: async (policy) => openStore(policy, repository, settings.store),
    ingest,
  };
}

function openStore({ store }: PolicyConfig, repository: RepositoryName, access: StoreAccess | null): RunStore {
  if (store === undefined)
    throw new PortError(
      'malformed',
      'expected policy.store on the default branch, since engines beyond GitHub’s jobs hand over outputs and checkpoints there; found none',
    );
  const { bucket, endpoint = null } = store.s3;
  if (access === null)
    throw new PortError('forbidden', 'the App was given no store: expected TRAINYARD_STORE_BUCKETS to name buckets');
  // Its credentials may reach far more than one repository's policy should.
  if (!access.buckets.includes(bucket))
    throw new PortError('forbidden', `expected the App’s TRAINYARD_STORE_BUCKETS to name the bucket ${bucket}`);
  if (!sameAddress(endpoint, access.endpoint))
    throw new PortError(
      'forbidden',
      `policy.store.s3.endpoint is ${endpoint ?? 'not set'}, and the App’s TRAINYARD_STORE_ENDPOINT is another: its credentials go nowhere else`,
    );
  return STORES.s3({ config: store, repository, credentials: access.credentials });
}

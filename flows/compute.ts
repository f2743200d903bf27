import type { PolicyConfig } from '../core/config/policy.ts';
import type { ComputeEngineName } from '../core/config/training.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import { FlowError } from './error.ts';
import type { Compute, ComputeEngine, Ports, RunStore } from './ports.ts';
import { requireConfig, takePolicySnapshot } from './snapshot.ts';

type ComputePorts = Pick<Ports, 'source' | 'compute'>;
type UnderPolicy = Pick<RunRecord, 'policy'>;

/**
 * The team's store as the policy names it that a run was accepted under: wherever policy points now, what a run began is
 * where it began.
 *
 * @throws FlowError `not_possible` without an App; PortError
 */
export async function openStore(ports: ComputePorts, record: UnderPolicy): Promise<RunStore> {
  return requireCompute(ports).store(await policyOf(ports, record));
}

/** The compute engine of that name, by the same policy. @throws FlowError `not_possible` without an App; PortError */
export async function openEngine(
  ports: ComputePorts,
  record: UnderPolicy,
  name: ComputeEngineName,
): Promise<ComputeEngine> {
  return requireCompute(ports).engine(name, await policyOf(ports, record));
}

export function requireCompute({ compute }: Pick<Ports, 'compute'>): Compute {
  if (compute !== undefined) return compute;
  throw new FlowError(
    'not_possible',
    'expected engine: runner, since engines beyond GitHub’s jobs need the App, which holds their credentials',
  );
}

async function policyOf(ports: ComputePorts, { policy }: UnderPolicy): Promise<PolicyConfig> {
  const at = await takePolicySnapshot(ports, policy.commit);
  return requireConfig(at, 'the default branch').policy;
}

import type { RunRecord } from '../core/ledger/run.ts';
import { INPUTS_TAR } from '../core/training/inputs-artifact.ts';
import { openStore } from './compute.ts';
import { FlowError } from './error.ts';
import { loadRuns } from './ledger.ts';
import { PortError, type Ports } from './ports.ts';
import { type BroughtInputs, bringHeld, type RunInputs } from './run-inputs.ts';
import { takePolicySnapshot } from './snapshot.ts';

/** Earlier runs whose inputs are looked for: of a hundred that tried parameters on one commit, the newest do. */
const CANDIDATES = 3;

/**
 * Inputs that a job fetched for an earlier run of the same source, laid into this run's part of the store: runs that try
 * parameters on one commit fetch its data once. Whose archive it is does not matter, since every file of it is held to what
 * pins it, as what a job fetched is. Not among runs of forks, and not between a fork's and a member's.
 *
 * @returns null where there are none, or what there is does not hold: a job fetches them then
 */
export async function sharedInputs(ports: Ports, record: RunRecord, inputs: RunInputs): Promise<BroughtInputs | null> {
  if (inputs.from === 'git' || record.trust !== 'member') return null;
  const found = await loadRuns(ports, await takePolicySnapshot(ports));
  const alike = found
    .map((one) => one.record)
    .filter(({ run, trust, fingerprint, order, evaluates }) => {
      const trained = order.request.engine !== 'runner' && evaluates === null;
      return run !== record.run && trust === 'member' && trained && fingerprint.source === record.fingerprint.source;
    })
    .toSorted((a, b) => (a.run < b.run ? 1 : -1));
  for (const other of alike.slice(0, CANDIDATES)) {
    try {
      const from = await openStore(ports, other);
      if ((await from.stat(other.run, INPUTS_TAR)) === null) continue;
      return await bringHeld(await openStore(ports, record), record, inputs.pins, () =>
        from.content(other.run, INPUTS_TAR),
      );
    } catch (error) {
      // Gone, something else, or in a store that can't be asked: a job fetches what no earlier run can give.
      if (!(error instanceof PortError || error instanceof FlowError)) throw error;
    }
  }
  return null;
}

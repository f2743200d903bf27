import { type LedgerVersion, modelState } from '../core/ledger/fold.ts';
import type { ModelName, Version } from '../core/names.ts';
import { type Ledger, loadRun } from './ledger.ts';
import { readPackage } from './package-store.ts';
import type { Ports } from './ports.ts';
import type { PolicySnapshot } from './snapshot.ts';

/**
 * Verifies a version once more before a stage moves to it: the run that made it still has the record that the ledger
 * names, its evidence says that the artifacts were scanned and clean, and where it is kept its package still has the
 * digest that was verified then.
 *
 * @param bytes whether the package itself is read: not where a later step reads it anyway
 * @returns why it can't be trusted, in words; null when all holds
 * @throws FlowError `not_possible` when the package is nowhere or was replaced
 */
export async function versionProblem(
  ports: Ports,
  policy: PolicySnapshot,
  ledger: Ledger,
  { model, version, bytes }: { readonly model: ModelName; readonly version: Version; readonly bytes: boolean },
): Promise<string | null> {
  const made = modelState(ledger.state, model).versions.find((known) => known.version === version);
  if (made === undefined) return `the ledger has no ${model}@v${version}`;
  const pack = await verifiedPackage(ports, policy, ledger, made);
  if (typeof pack === 'string') return `${model}@v${version}: ${pack}`;
  if (bytes) await readPackage(ports, pack, { model, version });
  return null;
}

async function verifiedPackage(ports: Ports, policy: PolicySnapshot, ledger: Ledger, made: LedgerVersion) {
  const entered = ledger.state.runs.get(made.run);
  const found = await loadRun(ports, policy, made.run);
  if (entered === undefined || found === null) return `the record of its run ${made.run} is gone`;
  if (found.digest !== entered.record)
    return `the record of its run ${made.run} is not the one that the ledger names: expected ${entered.record}, found ${found.digest}`;
  const { state } = found.record;
  if (state.state !== 'judged' || state.package === null) return `its run ${made.run} has no package`;
  if (state.scanVerdict !== 'clean') return `the scan of its run ${made.run} says ${state.scanVerdict}, not clean`;
  if (state.package.sha256 !== made.package)
    return `its run ${made.run} made the package ${state.package.sha256}, not ${made.package}`;
  return state.package;
}

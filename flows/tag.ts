import { EMPTY_MODEL } from '../core/ledger/fold.ts';
import { ModelName } from '../core/names.ts';
import { parseGtoTag } from '../core/promotion/gto.ts';
import { auditModel, freezeModel } from './freeze.ts';
import { loadLedger } from './ledger.ts';
import type { Outcome } from './outcome.ts';
import type { Ports } from './ports.ts';
import { modelIn, takePolicySnapshot } from './snapshot.ts';

/** A tag was made, moved or deleted: if it speaks of a model, it must agree with the ledger (invariant 10). */
export async function handleTag(ports: Ports, event: { name: string; sender: string }): Promise<Outcome> {
  const tag = parseGtoTag(event.name);
  const model = ModelName.safeParse(tag?.artifact);
  // Our own tags are made after their entry; the flow that makes them holds them to it.
  if (!model.success || event.sender === ports.self)
    return { code: 'ignored', message: `${event.name} is not a tag of a model by somebody else` };
  const frozen = await ports.steps.run('audit', async () => {
    const policy = await takePolicySnapshot(ports);
    const ledger = await loadLedger(ports, policy);
    const known =
      modelIn(policy.config, model.data) !== null ||
      (ledger.state.models.get(model.data) ?? EMPTY_MODEL) !== EMPTY_MODEL;
    if (!known) return null;
    const findings = await auditModel(ports, ledger, model.data);
    return findings.length === 0 ? null : freezeModel(ports, policy, model.data, findings);
  });
  return frozen === null
    ? { code: 'ignored', message: `${event.name} agrees with the ledger, or speaks of no model of ours` }
    : { code: 'frozen', message: `promotion of ${model.data} is frozen: ${frozen}` };
}

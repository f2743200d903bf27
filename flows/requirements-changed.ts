import type { Config } from '../core/config/schema.ts';
import { assessPullRequest } from './assessment.ts';
import { loosenedContracts } from './loosened-contracts.ts';
import type { Outcome } from './outcome.ts';
import type { Ports } from './ports.ts';
import { showPullRequest } from './show.ts';
import { takePolicySnapshot } from './snapshot.ts';

/**
 * A label or a review came or went: where policy asks for such before a merge, or a loosened contract waits for its owner,
 * `ready` is judged anew.
 */
export async function handleRequirementsChanged(ports: Ports, number: number): Promise<Outcome> {
  const asked = await ports.steps.run('asked', async () => {
    const { config } = await takePolicySnapshot(ports);
    if (config?.policy.require.merge !== undefined) return true;
    if (config === null || !hasContract(config)) return false;
    const assessment = await assessPullRequest(ports, await ports.pulls.get(number));
    return (await loosenedContracts(ports, assessment)).length > 0;
  });
  if (!asked) return { code: 'ignored', message: 'policy asks for no labels or approvals before a merge' };
  await ports.steps.run('show', () => showPullRequest(ports, number));
  return { code: 'planned', message: `what policy asks of #${number} is judged anew` };
}

function hasContract({ models }: Config): boolean {
  return Object.values(models).some(({ data }) => Object.values(data).some(({ contract }) => contract !== undefined));
}

import type { Outcome } from './outcome.ts';
import type { Ports } from './ports.ts';
import { showPullRequest } from './show.ts';
import { takePolicySnapshot } from './snapshot.ts';

/** A label or a review came or went: where policy asks for such before a merge, `ready` is judged anew. */
export async function handleRequirementsChanged(ports: Ports, number: number): Promise<Outcome> {
  const asked = await ports.steps.run('asked', async () => {
    const { config } = await takePolicySnapshot(ports);
    return config?.policy.require.merge !== undefined;
  });
  if (!asked) return { code: 'ignored', message: 'policy asks for no labels or approvals before a merge' };
  await ports.steps.run('show', () => showPullRequest(ports, number));
  return { code: 'planned', message: `what policy asks of #${number} is judged anew` };
}

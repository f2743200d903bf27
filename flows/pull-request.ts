import type { GitId, Instant } from '../core/names.ts';
import { assessPullRequest } from './assessment.ts';
import type { Outcome } from './outcome.ts';
import type { Ports } from './ports.ts';
import { releaseWhenClosed } from './release-of.ts';
import { showPullRequest } from './show.ts';
import { endUnneeded } from './superseded.ts';
import { startValidations } from './validation.ts';

export interface PullRequestEvent {
  readonly action: 'opened' | 'synchronize' | 'reopened' | 'edited' | 'closed' | 'ready_for_review';
  readonly number: number;
  readonly sha: GitId;
  readonly headRepository: string | null;
  /** Pointed at another base. */
  readonly retargeted?: boolean;
  readonly at: Instant;
  readonly sender: string;
}

/** These deliveries show a head to everybody who looks at the pull request (invariant 2). */
const SIGHTS: ReadonlySet<PullRequestEvent['action']> = new Set(['opened', 'synchronize', 'reopened']);

/** A pull request was opened, pushed to, retargeted or closed: its plan is computed and shown, its data validated. */
export async function handlePullRequest(ports: Ports, event: PullRequestEvent): Promise<Outcome> {
  const { number } = event;
  if (SIGHTS.has(event.action) || event.retargeted === true) {
    await ports.steps.run('sighting', async () => {
      const { sha, headRepository, at, sender } = event;
      const told = event.action === 'reopened' ? 'reopened' : event.action === 'edited' ? 'base' : 'head';
      await ports.inFlight.recordSighting({ pullRequest: number, event: told, sha, headRepository, at, sender });
      return null;
    });
  }
  // Before the first show, so that all is shown in one go; and where they can't be started, the plan is shown all the same.
  const datasets = ports.steps.run('datasets', async () => {
    const pull = await ports.pulls.get(number);
    if (pull.state !== 'open') return { problems: 0 };
    const assessment = await assessPullRequest(ports, pull);
    // Data is hostile, and a fork's must not reach a job that may read this repository.
    if (!pull.fork) await startValidations(ports, assessment, number);
    return { problems: assessment.problems.length };
  });
  await datasets.catch(() => null);
  if (event.action === 'closed' || event.action === 'synchronize') await endUnneeded(ports, number, event.sender);
  if (event.action === 'closed') await ports.steps.run('release', () => releaseWhenClosed(ports, number));
  await ports.steps.run('show', () => showPullRequest(ports, number));
  const plan = await datasets;
  if (plan.problems > 0) return { code: 'plan_failed', message: `the plan of #${number} could not be completed` };
  return { code: 'planned', message: `the plan of #${number} is shown` };
}

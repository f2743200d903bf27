import type { ValidationResult } from '../core/data/result.ts';
import { GitId } from '../core/names.ts';
import { decideMerge } from './merge-decision.ts';
import { actOnMerge } from './merge-effects.ts';
import type { Outcome } from './outcome.ts';
import type { Ports } from './ports.ts';
import { HANDLED, releaseWhenClosed } from './release-of.ts';
import { showPullRequest } from './show.ts';

export interface PushEvent {
  readonly branch: string;
  readonly before: GitId;
  readonly after: GitId;
  readonly sender: string;
  /** Without an App: what jobs of the push's own workflow run found in the data that it brings. */
  readonly data?: readonly ValidationResult[];
}

/**
 * The default branch moved: what was merged is matched with what was verified, under the policy that stood before
 * (invariants 1 and 6), and then every open pull request is compared with the new base. Pushes are handled in their
 * order, however they are heard of: one that was missed is made up for first, one that comes late has been.
 */
export async function handlePush(ports: Ports, event: PushEvent): Promise<Outcome> {
  const pushes = await ports.steps.run('order', () => inOrder(ports, event));
  if (pushes === null)
    return { code: 'ignored', message: `${event.branch} is not the default branch, or has just been made` };
  let last: Outcome = { code: 'ignored', message: `the push to ${event.branch} was handled before` };
  for (const push of pushes) last = await handleOne(ports, push);
  if (pushes.length > 0) await showOpenPullRequests(ports);
  return last;
}

/**
 * Pushes that nobody told of: the default branch is not where it was when a push was last handled. Open pull requests
 * are left to the caller.
 *
 * @returns what became of each
 */
export async function sweepPushes(ports: Ports): Promise<readonly { push: PushEvent; outcome: Outcome }[]> {
  const missed = await ports.steps.run('missed pushes', async (): Promise<readonly PushEvent[]> => {
    const { defaultBranch: branch } = await ports.source.repository();
    const after = await ports.source.branchHead(branch);
    const known = await ports.inFlight.progress(HANDLED);
    if (after !== null && known === null) await ports.inFlight.putProgress(HANDLED, after);
    if (after === null || known === null || known === after) return [];
    return between(ports, { branch, before: GitId.parse(known), after, sender: ports.self });
  });
  const done = [];
  for (const push of missed) done.push({ push, outcome: await handleOne(ports, push) });
  return done;
}

/** One by one as GitHub has them: of two merges at once, each is matched with its own candidate. */
async function between(ports: Ports, all: PushEvent): Promise<readonly PushEvent[]> {
  const { branch } = all;
  const pushes = await ports.sweeps.pushes(branch, all.before, all.after);
  if (pushes === null) return [all];
  return pushes.map(({ before, after, sender }) => ({ branch, before, after, sender: sender ?? all.sender }));
}

/** What is to be handled now, oldest first; null when the push is of no concern. */
async function inOrder(ports: Ports, event: PushEvent): Promise<readonly PushEvent[] | null> {
  const { defaultBranch } = await ports.source.repository();
  // A branch that was just created has no commit before: nothing was merged into it.
  if (event.branch !== defaultBranch || /^0+$/.test(event.before) || /^0+$/.test(event.after)) return null;
  const stored = await ports.inFlight.progress(HANDLED);
  if (stored === null || stored === event.before) return [event];
  const known = GitId.parse(stored);
  const follows = async (earlier: GitId, later: GitId) => (await ports.source.mergeBase(earlier, later)) === earlier;
  if (await follows(event.after, known)) return [];
  if (!(await follows(known, event.before))) return [event];
  return [...(await between(ports, { ...event, before: known, after: event.before })), event];
}

async function handleOne(ports: Ports, event: PushEvent): Promise<Outcome> {
  const decision = await ports.steps.run(`decide ${event.after}`, () => decideMerge(ports, event));
  const outcomes: Outcome[] = [];
  if (decision.problem !== null)
    outcomes.push({ code: 'plan_failed', message: `nothing was promoted: ${decision.problem}` });
  for (const model of decision.models) outcomes.push(await actOnMerge(ports, event, decision, model));
  if (decision.pullRequest !== null) {
    const { pullRequest } = decision;
    // Only now: the push of a merge must find the hold and the locks that stood when it was made.
    await ports.steps.run(`release ${pullRequest}`, () => releaseWhenClosed(ports, pullRequest, true));
    await ports.steps.run(`show ${pullRequest}`, () => showPullRequest(ports, pullRequest));
  }
  await ports.steps.run(`handled ${event.after}`, async () => {
    await ports.inFlight.putProgress(HANDLED, event.after);
    return null;
  });
  return (
    outcomes.find(({ code }) => code === 'promoted') ??
    outcomes[0] ?? { code: 'nothing_to_promote', message: `the push to ${event.branch} affects no model` }
  );
}

/** `ready` compares with the preview merge again whenever the base moves. */
export async function showOpenPullRequests(ports: Ports): Promise<void> {
  const numbers = await ports.steps.run('open pull requests', async () =>
    (await ports.pulls.listOpen()).map(({ number }) => number),
  );
  for (const number of numbers) await ports.steps.run(`show ${number}`, () => showPullRequest(ports, number));
}

import { COMMENT_MARKER } from '../core/reports/comment.ts';
import { assessPullRequest } from './assessment.ts';
import { isOfOneThing } from './error.ts';
import type { Ports } from './ports.ts';
import { isShownClosed, noteShownClosed, showPullRequest } from './show.ts';
import { mendValidations } from './validation.ts';
import { handleWorkflowCompleted } from './workflow-completed.ts';

/**
 * Holds every open pull request against what it should show: data checks that were never begun or whose end nobody told
 * of, its checks and its comment as GitHub has them now. Closed ones are shown once more where their closing was missed.
 *
 * @param thorough what they show is read back from GitHub now, and not only once an hour
 * @returns what was not as it should be, in words
 */
export async function sweepPulls(ports: Ports, thorough: boolean): Promise<readonly string[]> {
  const numbers = await ports.steps.run('open pull requests', async () =>
    (await ports.pulls.listOpen()).map(({ number }) => number),
  );
  const done: string[] = [];
  const failures: unknown[] = [];
  const each = async (all: readonly number[], mend: (number: number) => Promise<readonly string[]>): Promise<void> => {
    for (const number of all) {
      try {
        done.push(...(await mend(number)));
      } catch (error) {
        if (!isOfOneThing(error)) throw error;
        // One that can't be shown keeps no other from being.
        failures.push(error);
      }
    }
  };
  await each(numbers, async (number) => [
    ...(await mendData(ports, number)),
    ...(await showCompared(ports, number, thorough)),
  ]);
  const closed = await ports.steps.run('closed pull requests', () => closedUnseen(ports));
  await each(closed, (number) => showCompared(ports, number, true));
  if (failures.length > 0) throw failures[0];
  return done;
}

async function mendData(ports: Ports, number: number): Promise<readonly string[]> {
  const mended = await ports.steps.run(`data ${number}`, async () => {
    const pull = await ports.pulls.recent(number);
    if (pull.state !== 'open') return { begun: [], ended: [], gone: [] };
    return mendValidations(ports, pull, await assessPullRequest(ports, pull));
  });
  for (const workflowRun of mended.ended) await handleWorkflowCompleted(ports, workflowRun);
  return [
    ...mended.begun.map((name) => `#${number}: dataset ${name} had not been checked`),
    ...mended.ended.map((id) => `#${number}: nobody had told of the end of workflow run ${id}, which checked data`),
    ...mended.gone.map((name) => `#${number}: the check of dataset ${name} was deleted before its end was seen`),
  ];
}

/** Milliseconds after which what a pull request shows is read back from GitHub: nobody but people with rights can change it. */
const COMPARED_EVERY = 3_600_000;

function showCompared(ports: Ports, number: number, thorough: boolean): Promise<readonly string[]> {
  return ports.steps.run(`show ${number}`, async () => {
    const key = `compared ${number}`;
    const now = ports.clock.now();
    const last = Date.parse((await ports.inFlight.progress(key)) ?? '');
    // Not a number where it never was: then it is now.
    if (!thorough && now.getTime() - last < COMPARED_EVERY) {
      await showPullRequest(ports, number);
      return [];
    }
    const changed: string[] = [];
    const compared = ports.sweeps.compared((what) => changed.push(what));
    await showPullRequest({ ...ports, ...compared }, number);
    await ports.inFlight.putProgress(key, now.toISOString());
    return changed;
  });
}

/** Pull requests that we have shown as open, and that are closed. */
async function closedUnseen(ports: Ports): Promise<readonly number[]> {
  const unseen: number[] = [];
  for (const { number } of await ports.sweeps.closedPulls()) {
    const shown = await isShownClosed(ports, number);
    if (shown === true) continue;
    // Without a memory of it, our comment tells that it was ours: those of before our time are left alone.
    if (shown === false || (await ports.sweeps.hasSticky(number, COMMENT_MARKER))) unseen.push(number);
    else await noteShownClosed(ports, number, true);
  }
  return unseen;
}

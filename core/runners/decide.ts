import { pauseAfter } from './limits.ts';
import type { RunnerName } from './names.ts';
import { judgePlace, type Place, placesOf } from './place.ts';
import type { Lost, RunnerMemory, Situation } from './situation.ts';

export interface Removal {
  readonly name: RunnerName;
  /** Taken off GitHub's list first, and the machine is ended only if that worked; null where it is not on it, or can't be. */
  readonly registration: number | null;
  /** Whether there is a machine to end. */
  readonly machine: boolean;
  readonly why: Lost | 'not_needed';
}

export interface RunnerDecision {
  readonly removals: readonly Removal[];
  /** The generation of the runner to be made, once the removals are done; null for none. */
  readonly create: number | null;
  readonly memory: RunnerMemory;
}

/**
 * What is to be done about the runners of one run. It rests on nothing but what is there now, so that a lost, late or
 * repeated webhook, and a crash between two actions, lead to the same end:
 *
 * - a job that waits has exactly one runner that may take it, made under a new name each time;
 * - a runner that is busy is left alone, whatever it runs;
 * - every other runner, and every machine that has no job, is taken away.
 */
export function decideRunners(situation: Situation): RunnerDecision {
  const { now, job, memory } = situation;
  const places = placesOf(situation);
  const judged = places.map((place) => ({ place, ...judgePlace(situation, place) }));
  const coming = judged.filter(({ verdict }) => verdict.kind === 'coming');
  // One that is there already goes before one that may come.
  const best = coming.find(({ verdict }) => verdict.kind === 'coming' && verdict.online) ?? coming[0];
  const removals: Removal[] = [];
  let lost = memory.lost;
  for (const { place, verdict } of judged) {
    if (verdict.kind === 'remove') {
      removals.push(removal(place, verdict.why));
      if (verdict.why !== 'not_needed') lost = { why: verdict.why, detail: verdict.detail?.slice(0, 500) ?? null };
    } else if (verdict.kind === 'coming' && place !== best?.place) removals.push(removal(place, 'not_needed'));
  }
  const taken = judged.find(({ verdict, since }) => verdict.kind === 'running' && since?.what === 'taken');
  if (taken !== undefined) lost = { why: 'taken', detail: null };
  const since = Object.fromEntries(judged.flatMap((one) => (one.since === null ? [] : [[one.place.name, one.since]])));
  const newest = Math.max(memory.generation, ...places.map(({ generation }) => generation));
  const due = now >= memory.lastTry + pauseAfter(memory.tries);
  const create = job?.status === 'queued' && best === undefined && due ? newest + 1 : null;
  const made = create === null ? {} : { tries: memory.tries + 1, lastTry: now };
  return { removals, create, memory: { ...memory, ...made, generation: create ?? newest, since, lost } };
}

function removal({ name, registered, machine }: Place, why: Removal['why']): Removal {
  // GitHub refuses to take off a busy runner; where its machine has ended, that alone is left to be cleared.
  const registration = registered === null || registered.busy ? null : registered.id;
  return { name, registration, machine: machine !== null, why };
}

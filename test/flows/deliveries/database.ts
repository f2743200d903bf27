import type { Effect, Effects } from '../../../adapters/github/effects.ts';
import type { InFlight, Notice, Sighting } from '../../../flows/ports.ts';

/** What the App keeps in its database, as `app/database/` keeps it, in memory. */
export interface TestDatabase {
  readonly inFlight: InFlight;
  readonly effects: Effects;
  /** Loses one kind of what it holds; `all` is a new, empty database. */
  lose(what: 'sightings' | 'notices' | 'validations' | 'progress' | 'effects' | 'all'): void;
}

const NOTICES = 10;

export function testDatabase(now: () => Date): TestDatabase {
  const sightings: Sighting[] = [];
  const notices = new Map<string, Notice>();
  const validations = new Map<string, Map<string, string>>();
  const progress = new Map<string, string>();
  const effects = new Map<string, Effect>();
  let began = now();
  return {
    inFlight: {
      async recordSighting(sighting) {
        if (!sightings.some((one) => JSON.stringify(one) === JSON.stringify(sighting))) sightings.push(sighting);
      },
      sightings: async (number) =>
        sightings.filter(({ pullRequest }) => pullRequest === number).toSorted((a, b) => compare(a.at, b.at)),
      putNotice: async (notice) => void notices.set(`${notice.pullRequest} ${notice.key}`, notice),
      async notices(number) {
        const ours = [...notices.values()].filter(({ pullRequest }) => pullRequest === number);
        return ours.toSorted((a, b) => compare(a.at, b.at) || compare(a.key, b.key)).slice(-NOTICES);
      },
      async putValidation(commit, dataset, state) {
        validations.set(commit, (validations.get(commit) ?? new Map()).set(dataset, state));
      },
      validations: async (commit) => Object.fromEntries(validations.get(commit) ?? []),
      stepMetrics: async () => [],
      progress: async (key) => progress.get(key) ?? null,
      progressBelow: async (prefix) => Object.fromEntries([...progress].filter(([key]) => key.startsWith(prefix))),
      putProgress: async (key, value) => void progress.set(key, value),
    },
    effects: {
      find: async (mark) => effects.get(mark) ?? null,
      begin: async (mark) => void effects.set(mark, { kind: 'begun' }),
      made: async (mark, { id, url = '', state = '' }) => void effects.set(mark, { kind: 'made', id, url, state }),
      isComplete: async (since) => since > began,
    },
    lose(what) {
      if (what === 'sightings' || what === 'all') sightings.length = 0;
      if (what === 'notices' || what === 'all') notices.clear();
      if (what === 'validations' || what === 'all') validations.clear();
      if (what === 'progress' || what === 'all') progress.clear();
      if (what === 'effects' || what === 'all') {
        effects.clear();
        began = now();
      }
    },
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

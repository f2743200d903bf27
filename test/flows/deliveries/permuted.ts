import fc from 'fast-check';
import { differences, type Sections } from '../../end-to-end/canonical-names.ts';
import { type Reached, reached, repair } from './damage.ts';
import { CLEAN, Telling, tell } from './pass.ts';
import { roughPost, type Weather } from './post.ts';
import { STORY } from './story.ts';
import { type StoryServer, startStories } from './world.ts';

export const CALM: Weather = { seed: 1, twice: 0, lost: 0, late: 0, shuffled: false, flood: 1 };

const weather: fc.Arbitrary<Weather> = fc.record({
  seed: fc.integer(),
  twice: fc.constantFrom(0, 10, 50, 100),
  lost: fc.constantFrom(0, 0, 5, 20, 60, 100),
  late: fc.integer({ min: 0, max: 6 }),
  shuffled: fc.boolean(),
  flood: fc.constantFrom(1, 1, 2, 4),
});

/** Stories on one server: each begins with a repository of its own. */
export interface Stories {
  /** @throws Error with what differs from a clean pass, and with what happened */
  endsAsClean(weather: Weather): Promise<void>;
  /** @throws Error with what a second pass of the reconciler changed, and with what happened */
  converges(state: Reached): Promise<void>;
  close(): Promise<void>;
}

export async function openStories(): Promise<Stories> {
  const server: StoryServer = await startStories();
  let clean: Sections | null = null;
  return {
    async endsAsClean(weather) {
      clean ??= (await tell(await server.open(), STORY, CLEAN)).state;
      const { state, log } = await tell(await server.open(), STORY, roughPost(weather));
      const found = differences(clean, state);
      if (found.length > 0) throw new Error(`${found.join('\n')}\n\nafter\n${log.join('\n')}`);
    },
    async converges(state) {
      const telling = new Telling(await server.open(), CLEAN);
      const { left, second, writes, log } = await repair(telling, state).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${telling.log.join('\n')}`, { cause: error });
      });
      const changes = second.changes ?? [];
      if (left.length === 0 && changes.length === 0 && writes.length === 0) return;
      const found = JSON.stringify({ left, changes, writes }, null, 1);
      throw new Error(`left, and changed by a second pass: ${found}\nafter\n${log.join('\n')}`);
    },
    close: () => server.close(),
  };
}

/** Worse and worse: a run of fast-check, which reports the seed and path that replay a failure. */
interface Tries {
  readonly seed: number;
  readonly numRuns: number;
}

export async function endAsClean({ endsAsClean }: Stories, { seed, numRuns }: Tries): Promise<void> {
  await fc.assert(fc.asyncProperty(weather, endsAsClean), { seed, numRuns, endOnFailure: true });
}

export async function converge({ converges }: Stories, { seed, numRuns }: Tries): Promise<void> {
  await fc.assert(fc.asyncProperty(reached, converges), { seed, numRuns, endOnFailure: true });
}

import { describe, test } from 'vitest';
import { FAULTS, seeded } from '../../fakes/faults.ts';
import { appProcess, jobProcess, useFaultyWorld, writesOnceUnder, writeUnder } from './faulty-world.ts';
import { WRITES } from './faulty-writes.ts';

useFaultyWorld();
describe('the App', () => writesOnceUnder(FAULTS, appProcess));
describe('a job', () => writesOnceUnder(FAULTS, jobProcess));

/** What was made and not heard of, where it is not shown yet either, cannot be told from what was not made. */
const TOGETHER = FAULTS.filter((fault) => fault !== '404 after create');
const SEEDS = Array.from({ length: 100 }, (_, seed) => seed);

describe.each(WRITES)('$write', (written) => {
  test.each(SEEDS)('once under two faults at random, seed %i', (seed) =>
    writeUnder(written, seeded({ seed, kinds: TOGETHER, reads: 30, writes: 50, most: 2 }), appProcess()),
  );
});

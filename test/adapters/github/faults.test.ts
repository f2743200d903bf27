import { describe } from 'vitest';
import type { Fault } from '../../fakes/faults.ts';
import { appProcess, jobProcess, useFaultyWorld, writesOnceUnder } from './faulty-world.ts';

/** GitHub has done what was asked, but whoever asked does not know. All others: faults.long.test.ts. */
const UNKNOWN: readonly Fault[] = ['reset after the effect', 'half of the body as if it were all'];
const CHOSEN: readonly Fault[] = [
  ...UNKNOWN,
  '502',
  '403 secondary limit',
  '401 expired token',
  '404 after create',
  'reset before the effect',
  'broken off in the body',
];

useFaultyWorld();
describe('the App', () => writesOnceUnder(CHOSEN, appProcess));
describe('a job', () => writesOnceUnder(UNKNOWN, jobProcess));

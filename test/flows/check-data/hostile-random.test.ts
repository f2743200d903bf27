import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, test } from 'vitest';
import { dataFolder } from './checking.ts';
import { inferredAccepts, mutatedEnds, oneVerdict } from './hostile-properties.ts';

const folder = dataFolder();
afterAll(() => rmSync(folder.directory, { recursive: true, force: true }));

test('a table gets one verdict, whatever format it is written in, and each row its line', () =>
  fc.assert(oneVerdict(folder), { seed: 5, numRuns: 6 }));

test('a contract that was inferred from a table accepts the table', () =>
  fc.assert(inferredAccepts(folder), { seed: 5, numRuns: 4 }));

test('a file with some bytes changed is passed, failed or not checked, with a reason', () =>
  fc.assert(mutatedEnds(folder), { seed: 5, numRuns: 3 }));

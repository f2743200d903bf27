/**
 * A worker that counts how often the blocks of the parser run for each text that it is given. It loads nothing but the
 * parser, since V8 reports on everything that is loaded.
 */
import { Session } from 'node:inspector/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { parseComment } from '../../../core/commands/parse.ts';

const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

/** Since the last time, which it sets back to nothing. */
async function counted(): Promise<number> {
  const { result } = await session.post('Profiler.takePreciseCoverage');
  return result
    .filter(({ url }) => url.includes('/core/'))
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges.map(({ count }) => count)))
    .reduce((sum, count) => sum + count, 0);
}

const counts: number[] = [];
await counted();
for (const body of z.array(z.string()).parse(workerData)) {
  parseComment(body);
  counts.push(await counted());
}
session.disconnect();
parentPort?.postMessage(counts);

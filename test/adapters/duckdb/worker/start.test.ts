import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findBinding } from '../../../../adapters/duckdb/binding.ts';

const WORKER = join(import.meta.dirname, '../../../../adapters/duckdb/worker');

/** Opens a database and kills the worker, as its engine does. @returns what Node.js says of the modules that it had kept */
async function started(): Promise<string> {
  const open = {
    kind: 'open',
    binding: findBinding(),
    paths: [],
    memoryMb: 256,
    threads: 1,
    readingThreads: null,
    temporary: tmpdir(),
    temporaryMb: 1,
    distrustStatistics: false,
  };
  const child = spawn(process.execPath, [join(WORKER, 'start.mjs'), join(WORKER, 'main.ts')], {
    env: { NODE_DEBUG_NATIVE: 'COMPILE_CACHE' },
  });
  let said = '';
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
    if (chunk.includes('"kind":"opened"')) child.kill('SIGKILL');
  });
  child.stdin.write(`${JSON.stringify(open)}\n`);
  await ended;
  return said;
}

test('a worker starts with what V8 made of its modules, and of the binding’s, in the one before', async () => {
  await started();
  const accepted = (await started()).split('\n').filter((line) => line.includes('accepted'));
  expect(accepted.some((line) => line.includes('worker/database.ts'))).toBe(true);
  expect(accepted.some((line) => line.includes('@duckdb/node-api'))).toBe(true);
});

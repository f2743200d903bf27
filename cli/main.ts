import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCli } from './run.ts';
import { readInput } from './standard-input.ts';

// Whoever reads may have seen enough (`| head`): no fault of ours, and no verdict either.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(2);
});

process.exitCode = await runCli(process.argv.slice(2), {
  directory: process.cwd(),
  variables: process.env,
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  now: () => new Date(),
  randomBytes,
  sleep: (milliseconds) => sleep(milliseconds),
  columns: process.stdout.columns,
  input: (limit) => readInput(process.stdin, limit),
});

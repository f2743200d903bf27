import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCli } from './run.ts';
import { readInput } from './standard-input.ts';

process.exitCode = await runCli(process.argv.slice(2), {
  directory: process.cwd(),
  variables: process.env,
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  now: () => new Date(),
  randomBytes,
  sleep: (milliseconds) => sleep(milliseconds),
  input: (limit) => readInput(process.stdin, limit),
});

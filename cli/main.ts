import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCli } from './run.ts';
import { readInput } from './standard-input.ts';

// Whoever reads may have seen enough (`| head`): no fault of ours, and no verdict either. What nobody can read is none, too:
// an error that is thrown would end in 1, which says that there are findings.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code !== 'EPIPE') process.stderr.write(`trainyard: the output can't be written: ${code}\n`);
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

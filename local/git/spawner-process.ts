import { spawn } from 'node:child_process';
import type { SpawnAnswer, SpawnOrder } from './spawner.ts';

/** The program of the process that `spawner.ts` starts: it runs git for the server, and ends with it. */
function run({ id, directory, args, env, input }: SpawnOrder): void {
  const child = spawn('git', args, { cwd: directory, env: { ...env }, stdio: 'pipe' });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  const answer = (rest: Pick<SpawnAnswer, 'code' | 'failure'>): void => {
    const found: SpawnAnswer = { id, ...rest, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) };
    if (process.connected) process.send?.(found);
  };
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A command that does not read its input closes the pipe early; its exit code says what matters.
  child.stdin.on('error', () => undefined);
  child.once('error', (error) => answer({ code: -1, failure: error.message }));
  child.once('close', (code) => answer({ code: code ?? -1 }));
  child.stdin.end(input);
}

process.on('message', (order: SpawnOrder) => run(order));
process.on('disconnect', () => process.exit());

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { endStrays } from '../../../adapters/sandbox/strays.ts';

test('a process that left its group is found by its environment and ended', async () => {
  const mark = `TRAINYARD_OUTPUT=/tmp/strays-${process.pid}`;
  const [name = '', value = ''] = mark.split('=');
  const stray = spawn('sleep', ['60'], { detached: true, stdio: 'ignore', env: { [name]: value } });
  const other = spawn('sleep', ['60'], { stdio: 'ignore', env: { [name]: `${value}-other` } });
  await Promise.all([once(stray, 'spawn'), once(other, 'spawn')]);
  const ended = once(stray, 'exit');
  expect(await endStrays(mark)).toBeGreaterThanOrEqual(1);
  expect((await ended)[1]).toBe('SIGKILL');
  expect(other.exitCode ?? other.signalCode).toBeNull();
  other.kill('SIGKILL');
});

import { expect, test } from 'vitest';
import { type CommandOptions, runInGroup } from '../../../adapters/sandbox/process-group.ts';

const environment = { PATH: '/usr/local/bin:/usr/bin:/bin' };

async function bash(command: string, options: Partial<CommandOptions> = {}) {
  const chunks: Buffer[] = [];
  const outcome = await runInGroup(['bash', '-c', command], {
    cwd: '/',
    environment,
    timeoutSeconds: 20,
    onOutput: (chunk) => chunks.push(chunk),
    ...options,
  });
  return { ...outcome, text: Buffer.concat(chunks).toString('utf8') };
}

/** Whether a process is there and not merely waiting to be reaped. */
async function isAlive(pid: number): Promise<boolean> {
  const { text } = await bash(`ps -o stat= -p ${pid} || true`);
  return text.trim() !== '' && !text.trim().startsWith('Z');
}

test('exit code and output come back', async () => {
  expect(await bash('echo out; echo err >&2; exit 3')).toMatchObject({
    exitCode: 3,
    text: expect.stringMatching(/out|err/),
  });
});

test('nothing of the environment is inherited', async () => {
  const { text } = await bash('env');
  expect(text).not.toContain('VITEST');
});

test('SIGTERM at the time limit lets a command end by itself', async () => {
  const outcome = await bash('trap "echo saved; exit 0" TERM; sleep 30 & wait', { timeoutSeconds: 0.3 });
  expect(outcome).toMatchObject({ timedOut: true, cancelled: false, text: 'saved\n' });
});

test('a command that ignores SIGTERM is killed after the grace period', async () => {
  const outcome = await bash('trap "" TERM; while :; do sleep 0.05; done', { timeoutSeconds: 0.2, graceSeconds: 0.3 });
  expect(outcome).toMatchObject({ timedOut: true, exitCode: null, signal: 'SIGKILL' });
});

test('children die with the command', async () => {
  const { text } = await bash('sleep 60 & echo $!');
  expect(await isAlive(Number(text.trim()))).toBe(false);
});

test('a descendant that left the group can’t hold the caller up', async () => {
  const started = performance.now();
  const { text } = await bash('setsid sleep 60 & echo $!');
  expect(performance.now() - started).toBeLessThan(8000);
  process.kill(Number(text.trim()), 'SIGKILL');
});

test('cancel ends it and is told from the time limit', async () => {
  const cancel = new AbortController();
  const running = bash('echo started; sleep 60', { cancel: cancel.signal, onOutput: () => cancel.abort() });
  expect(await running).toMatchObject({ cancelled: true, timedOut: false });
});

test('a signal that was aborted before the start ends it at once', async () => {
  expect(await bash('sleep 60', { cancel: AbortSignal.abort() })).toMatchObject({ cancelled: true });
});

test('a program that does not exist is an outcome', async () => {
  const outcome = await runInGroup(['/nonexistent/program'], { cwd: '/', environment, timeoutSeconds: 5 });
  expect(outcome).toMatchObject({ exitCode: null, error: expect.stringContaining('ENOENT') });
});

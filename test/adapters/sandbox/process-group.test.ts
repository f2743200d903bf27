import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
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

test('a time limit that is longer than a timer can wait does not end it at once', async () => {
  const outcome = await bash('sleep 0.3; echo done', { timeoutSeconds: 100 * 86_400 });
  expect(outcome).toMatchObject({ timedOut: false, exitCode: 0, text: 'done\n' });
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

test('stop ends it with all of its grace, and is told from cancel and the time limit', async () => {
  const stop = new AbortController();
  const running = bash("trap 'sleep 0.5; echo saved; exit 0' TERM; echo started; while :; do sleep 0.05; done", {
    stop: stop.signal,
    graceSeconds: 20,
    cancelGraceSeconds: 0,
    onOutput: () => stop.abort(),
  });
  expect(await running).toMatchObject({ stopped: true, cancelled: false, timedOut: false, exitCode: 0 });
});

test('a program that does not exist is an outcome', async () => {
  const outcome = await runInGroup(['/nonexistent/program'], { cwd: '/', environment, timeoutSeconds: 5 });
  expect(outcome).toMatchObject({ exitCode: null, error: expect.stringContaining('ENOENT') });
});

/** A Node process that runs the command with our code and is then killed without a chance to clear up. */
async function killedParent(lifeline: string): Promise<number> {
  const code = `
    import { runInGroup } from ${JSON.stringify(join(import.meta.dirname, '../../../adapters/sandbox/process-group.ts'))};
    await runInGroup(['bash', '-c', 'echo $$; sleep 60'], {
      cwd: '/', environment: { PATH: '/usr/bin:/bin' }, timeoutSeconds: 60, ${lifeline}
      onOutput: (chunk) => process.stdout.write(chunk),
    });`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [chunk] = await once(parent.stdout, 'data');
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  return Number(String(chunk).trim());
}

test('with a lifeline the command ends also when this process is killed', async () => {
  const pid = await killedParent("lifeline: 'group',");
  for (let tries = 0; tries < 50 && (await isAlive(pid)); tries += 1) await setTimeout(50);
  expect(await isAlive(pid)).toBe(false);
});

test('a lifeline leaves exit code, output and the time limit as they are', async () => {
  const lifeline = 'group';
  expect(await bash('echo out; exit 3', { lifeline })).toMatchObject({ exitCode: 3, text: 'out\n' });
  expect(
    await bash('trap "echo saved; exit 0" TERM; sleep 30 & wait', { lifeline, timeoutSeconds: 0.5 }),
  ).toMatchObject({
    timedOut: true,
    text: 'saved\n',
  });
});

test('a command with a lifeline has no child that it did not start', async () => {
  const { text } = await bash('ps --no-headers -o comm= --ppid $$; true', { lifeline: 'group' });
  expect(text.trim()).toBe('ps');
});

test('a flood waits for whoever takes it, and comes whole', async () => {
  let [bytes, untaken, most] = [0, 0, 0];
  const onOutput = async (chunk: Buffer) => {
    bytes += chunk.length;
    untaken += 1;
    most = Math.max(most, untaken);
    await setImmediate();
    untaken -= 1;
  };
  await bash('head -c 4000000 /dev/zero; head -c 4000000 /dev/zero >&2', { onOutput });
  expect(bytes).toBe(8_000_000);
  // One of each stream.
  expect(most).toBeLessThanOrEqual(2);
});

test('what a command wrote last is not cut off because it is taken slowly', async () => {
  let [bytes, first] = [0, true];
  const onOutput = async (chunk: Buffer) => {
    bytes += chunk.length;
    // Longer than a stranger may hold the pipes open.
    if (first) await setTimeout(2500);
    first = false;
  };
  await bash('head -c 100000 /dev/zero', { onOutput });
  expect(bytes).toBe(100_000);
});

test('one who fails to take output takes the next all the same', async () => {
  let bytes = 0;
  const onOutput = (chunk: Buffer) => {
    bytes += chunk.length;
    return Promise.reject(new Error('no room'));
  };
  expect(await bash('head -c 300000 /dev/zero', { onOutput })).toMatchObject({ exitCode: 0 });
  expect(bytes).toBe(300_000);
});

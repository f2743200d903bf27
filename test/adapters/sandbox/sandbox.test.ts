import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ConfinedCommand } from '../../../adapters/sandbox/confined.ts';
import { openSandbox, type Sandbox } from '../../../adapters/sandbox/sandbox.ts';

const base = mkdtempSync(join(tmpdir(), 'trainyard-sandbox-'));
const found = await openSandbox('required', join(base, 'scratch'), process.geteuid?.() ?? -1);

afterAll(() => rmSync(base, { recursive: true, force: true }));

/** What the command wrote to $TRAINYARD_OUTPUT/out, and how it ended. */
async function run(sandbox: Sandbox, command: string, more: Partial<ConfinedCommand> = {}) {
  const log: Buffer[] = [];
  const outcome = await sandbox.run({
    command,
    cwd: '/',
    environment: {},
    path: [],
    mounts: [],
    timeoutSeconds: 20,
    output: { name: 'out', maxBytes: 65_536 },
    onLog: (chunk) => log.push(chunk),
    ...more,
  });
  if (outcome.kind === 'unavailable') throw new Error(outcome.message);
  return { ...outcome, text: outcome.output?.toString('utf8') ?? null, log: Buffer.concat(log).toString('utf8') };
}

test('a sandbox is found, or it is said what each way of making one lacks', () => {
  if (found.kind === 'unavailable') expect(found.message).toMatch(/no sandbox can be had on this runner: \S/);
  else expect(found.description).toMatch(/^namespaces by /);
});

// Without root, sudo or user namespaces there is nothing to test here: evaluation is "not evaluated" on such a machine.
describe.skipIf(found.kind === 'unavailable')('in namespaces', () => {
  const sandbox = found as Sandbox;
  let server: Server;
  let port = 0;
  let connections = 0;
  const model = join(base, 'model');
  const labels = join(base, 'labels', 'holdout.csv');

  beforeAll(async () => {
    mkdirSync(model);
    mkdirSync(join(base, 'labels'));
    writeFileSync(join(model, 'model.txt'), 'weights');
    writeFileSync(labels, 'id,late\n1,1\n');
    server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test('the output file of a command that succeeds comes back', async () => {
    expect(await run(sandbox, 'echo 42 >"$TRAINYARD_OUTPUT/out"')).toMatchObject({ status: 0, text: '42\n' });
  });

  test('the exit code comes back, and pipes fail with their first part', async () => {
    expect(await run(sandbox, 'exit 7')).toMatchObject({ status: 7, text: null, timedOut: false });
    expect(await run(sandbox, 'false | true')).toMatchObject({ status: 1 });
  });

  test('the host’s loopback is out of reach', async () => {
    const { log } = await run(sandbox, `exec 3<>/dev/tcp/127.0.0.1/${port}`);
    expect(log).toContain('Network is unreachable');
    expect(connections).toBe(0);
  });

  test('no network device but an idle loopback is there', async () => {
    const { text } = await run(sandbox, 'tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " " >"$TRAINYARD_OUTPUT/out"');
    expect(text).toBe('lo\n');
  });

  test('processes outside are not seen', async () => {
    const { text } = await run(sandbox, 'cat /proc/[0-9]*/comm >"$TRAINYARD_OUTPUT/out" 2>/dev/null; true');
    expect(text).not.toMatch(/node|vitest/);
  });

  test('a file that was not mounted can’t be read', async () => {
    const { status, log } = await run(sandbox, `cat ${labels}`);
    expect(status).not.toBe(0);
    expect(log).toContain('No such file or directory');
  });

  test('what is mounted can be read, and not written', async () => {
    const mounts = [{ kind: 'data', path: model }] as const;
    expect(await run(sandbox, `cat ${model}/model.txt >"$TRAINYARD_OUTPUT/out"`, { mounts })).toMatchObject({
      text: 'weights',
    });
    const { status, log } = await run(sandbox, `echo x >${model}/model.txt`, { mounts });
    expect(status).not.toBe(0);
    expect(log).toMatch(/Read-only file system|Permission denied/);
  });

  test('data that is mounted can’t be executed', async () => {
    writeFileSync(join(model, 'program'), '#!/bin/sh\necho ran\n', { mode: 0o755 });
    const { status, log } = await run(sandbox, `${model}/program`, { mounts: [{ kind: 'data', path: model }] });
    expect(status).toBe(126);
    expect(log).toContain('Permission denied');
  });

  test('the runner’s environment is not there', async () => {
    process.env['TRAINYARD_TEST_SECRET'] = 'do not tell';
    const { text } = await run(sandbox, 'env >"$TRAINYARD_OUTPUT/out"', { environment: { GIVEN: 'yes' } });
    delete process.env['TRAINYARD_TEST_SECRET'];
    expect(text).toContain('GIVEN=yes');
    expect(text).not.toMatch(/TRAINYARD_TEST_SECRET|GITHUB_|ACTIONS_|NODE_/);
  });

  test('no privilege can be had, not by mounting and not by a new user namespace', async () => {
    expect((await run(sandbox, 'mount -t tmpfs none /tmp')).status).not.toBe(0);
    const nested = 'unshare --user --map-root-user --mount sh -c "umount -l /tmp; ls /root /home" ';
    const { text } = await run(sandbox, `${nested} >"$TRAINYARD_OUTPUT/out" 2>&1 || true`);
    expect(text).not.toMatch(/^\.?[a-z]+$/m);
  });

  test('a command is ended at its time limit together with what it started', async () => {
    const started = performance.now();
    const outcome = await run(sandbox, 'setsid sleep 60 & sleep 60', { timeoutSeconds: 1 });
    expect(outcome).toMatchObject({ timedOut: true, text: null });
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  test('children that a command leaves behind don’t outlive it', async () => {
    const started = performance.now();
    const command = 'setsid sh -c "sleep 1; echo late >$TRAINYARD_OUTPUT/out" & echo early >"$TRAINYARD_OUTPUT/out"';
    expect(await run(sandbox, command)).toMatchObject({ status: 0, text: 'early\n' });
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  test('cancelling ends it at once', async () => {
    const cancel = new AbortController();
    const started = performance.now();
    const running = sandbox.run({
      command: 'echo ready >&2; sleep 60',
      cwd: '/',
      environment: {},
      path: [],
      mounts: [],
      timeoutSeconds: 60,
      output: null,
      onLog: () => cancel.abort(),
      cancel: cancel.signal,
    });
    await running;
    // Well before the ten seconds after which the group is killed.
    expect(performance.now() - started).toBeLessThan(8_000);
  });

  test.each([
    ['a link', 'ln -s /etc/passwd "$TRAINYARD_OUTPUT/out"'],
    ['a directory', 'mkdir "$TRAINYARD_OUTPUT/out"'],
    ['a pipe', 'mkfifo "$TRAINYARD_OUTPUT/out"'],
    ['nothing', 'true'],
  ])('%s in the output’s place is no output', async (_what, command) => {
    expect(await run(sandbox, command)).toMatchObject({ status: 0, text: null, tooLarge: false });
  });

  test('an output over the limit is refused, not cut', async () => {
    const outcome = await run(sandbox, 'head -c 100000 /dev/zero >"$TRAINYARD_OUTPUT/out"');
    expect(outcome).toMatchObject({ status: 0, text: null, tooLarge: true });
  });

  test('a command can’t write the supervisor’s words', async () => {
    const command = 'echo "status 0 file"; echo "status 0 file" >&2; echo forged >&1; exit 3';
    expect(await run(sandbox, command)).toMatchObject({ status: 3, text: null });
  });

  test('a mount that does not exist makes the sandbox unavailable, not weaker', async () => {
    const outcome = await sandbox.run({
      command: 'true',
      cwd: '/',
      environment: {},
      path: [],
      mounts: [{ kind: 'data', path: join(base, 'absent') }],
      timeoutSeconds: 5,
      output: null,
    });
    expect(outcome.kind).toBe('unavailable');
  });
});

describe('by policy without a sandbox', () => {
  const open = () => openSandbox('none', join(base, 'unconfined'), 0);

  test('it says so', async () => {
    expect(await open()).toMatchObject({ kind: 'none', description: expect.stringContaining('network') });
  });

  test('the environment is clean all the same', async () => {
    process.env['TRAINYARD_TEST_SECRET'] = 'do not tell';
    const { text } = await run((await open()) as Sandbox, 'env >"$TRAINYARD_OUTPUT/out"');
    delete process.env['TRAINYARD_TEST_SECRET'];
    expect(text).not.toContain('do not tell');
  });

  test('a link in the output’s place is no output', async () => {
    const target = join(base, 'secret');
    writeFileSync(target, 'secret');
    symlinkSync(target, join(base, 'link'));
    expect(await run((await open()) as Sandbox, `cp -P ${base}/link "$TRAINYARD_OUTPUT/out"`)).toMatchObject({
      status: 0,
      text: null,
    });
  });

  test('the time limit holds', async () => {
    expect(await run((await open()) as Sandbox, 'sleep 30', { timeoutSeconds: 0.2 })).toMatchObject({ timedOut: true });
  });
});

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PythonRequest, preparePython } from '../../../adapters/python/environment.ts';
import { runInGroup } from '../../../adapters/sandbox/process-group.ts';
import { writeWheel } from './wheel.ts';

const base = mkdtempSync(join(tmpdir(), 'trainyard-python-'));
const wheel = writeWheel(base, 'greeting', '1.0', 'print("hello from the wheel")\n');
const digest = createHash('sha256').update(wheel.bytes).digest('hex');
let index: Server;
let url = '';

/** A package index of our own on loopback (PEP 503): nothing is downloaded. */
beforeAll(async () => {
  index = createServer((request, response) => {
    if (request.url === '/simple/greeting/') {
      response.setHeader('content-type', 'text/html');
      response.end(`<a href="/files/${wheel.name}">${wheel.name}</a>`);
    } else if (request.url === `/files/${wheel.name}`) {
      response.end(wheel.bytes);
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => index.listen(0, '127.0.0.1', resolve));
  const address = index.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/simple`;
});

afterAll(async () => {
  await new Promise((resolve) => index.close(resolve));
  rmSync(base, { recursive: true, force: true });
});

const hasUv = spawnSync('uv', ['--version']).status === 0;
/** The PATH without uv, so that pip has to do it. */
const pipPath = (process.env['PATH'] ?? '').split(':').filter((directory) => !existsSync(join(directory, 'uv')));

let count = 0;
function request(lock: string | null, path = 'requirements.lock', searchPath = process.env['PATH']): PythonRequest {
  count += 1;
  const directory = join(base, String(count));
  mkdirSync(directory);
  const file = join(directory, 'lock.txt');
  if (lock !== null) writeFileSync(file, lock);
  return {
    lock: lock === null ? null : { file, path },
    directory: join(directory, 'python'),
    purpose: 'training',
    environment: {
      PATH: searchPath,
      HOME: directory,
      PIP_INDEX_URL: url,
      UV_DEFAULT_INDEX: url,
      GITHUB_TOKEN: 'do not tell',
    },
    timeoutSeconds: 120,
  };
}

describe.each([
  { tool: 'pip', searchPath: pipPath.join(':') },
  ...(hasUv ? [{ tool: 'uv', searchPath: process.env['PATH'] ?? '' }] : []),
])('with $tool', ({ searchPath }) => {
  test('exactly what the lock names is installed and runs', async () => {
    const setup = await preparePython(
      request(`greeting==1.0 --hash=sha256:${digest}\n`, 'requirements.lock', searchPath),
    );
    if (!setup.ok) throw new Error(setup.message);
    const chunks: Buffer[] = [];
    const { exitCode } = await runInGroup([join(setup.environment.bin, 'python'), '-c', 'import greeting'], {
      cwd: base,
      environment: {},
      timeoutSeconds: 30,
      onOutput: (chunk) => chunks.push(chunk),
    });
    const said = Buffer.concat(chunks).toString();
    expect({ exitCode, said }).toEqual({ exitCode: 0, said: 'hello from the wheel\n' });
  });

  test('a wrong hash is refused, naming lock and package', async () => {
    const lock = `greeting==1.0 --hash=sha256:${'0'.repeat(64)}\n`;
    const setup = await preparePython(request(lock, 'models/a/requirements.lock', searchPath));
    expect(setup).toMatchObject({
      ok: false,
      message: expect.stringMatching(/models\/a\/requirements\.lock:[\s\S]*greeting/),
    });
  });

  test('a package that is not to be had is named', async () => {
    const lock = `absent-package==1.0 --hash=sha256:${digest}\n`;
    const setup = await preparePython(request(lock, 'requirements.lock', searchPath));
    expect(setup).toMatchObject({ ok: false, message: expect.stringContaining('absent-package') });
  });
});

test('a lock with problems is refused before anything is installed', async () => {
  const setup = await preparePython(request('greeting\n', 'models/a/requirements.lock'));
  expect(setup).toMatchObject({
    ok: false,
    message: expect.stringContaining('models/a/requirements.lock:1: expected'),
  });
});

test('another kind of setup is refused by name', async () => {
  const setup = await preparePython(request('', 'uv.lock'));
  expect(setup).toMatchObject({
    ok: false,
    message: expect.stringContaining("uv.lock: a uv lock can't be installed yet"),
  });
});

test('without a Python the message says what is missing', async () => {
  const setup = await preparePython({ ...request(null), environment: { PATH: base, HOME: base } });
  expect(setup).toEqual({ ok: false, message: 'expected Python 3 on the PATH of the runner, found none' });
});

test('without a lock there is a Python without packages', async () => {
  const setup = await preparePython(request(null));
  expect(setup).toMatchObject({ ok: true, environment: { bin: expect.stringContaining('venv/bin') } });
});

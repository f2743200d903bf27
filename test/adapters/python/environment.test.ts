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
  const setup = await preparePython(request('', 'pdm.lock'));
  expect(setup).toMatchObject({
    ok: false,
    message: expect.stringContaining("pdm.lock: a PDM lock can't be installed; export it with"),
  });
});

/** A folder with one program, for the PATH. */
function program(name: string, text: string): string {
  count += 1;
  const directory = join(base, `bin-${count}`);
  mkdirSync(directory);
  writeFileSync(join(directory, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return directory;
}

/** Stands for the tool's export alone: as an installer it says that it can't, so that pip is taken. */
const exporting = (requirements: string): string =>
  `[ "$1" = export ] || exit 1\nfor a in "$@"; do case "$a" in --output*=*) printf '%s\\n' '${requirements}' >"\${a#*=}";; esac; done`;

describe.each(['uv', 'poetry'] as const)('the lock of %s', (tool) => {
  const withProject = (path: string): PythonRequest => {
    const asked = request('', `${tool}.lock`, path);
    writeFileSync(join(asked.directory, '..', 'pyproject.toml'), '[project]\n');
    return asked;
  };

  test('is exported, and installed as any other', async () => {
    const bin = program(tool, exporting(`greeting==1.0 --hash=sha256:${digest}`));
    const setup = await preparePython(withProject([bin, ...pipPath].join(':')));
    expect(setup).toMatchObject({ ok: true, environment: { lock: tool } });
  });

  test('is held to the rules of any other', async () => {
    const bin = program(tool, exporting('--index-url https://example.com'));
    const setup = await preparePython(withProject([bin, ...pipPath].join(':')));
    expect(setup).toMatchObject({
      ok: false,
      message: expect.stringContaining(`${tool}.lock:1: expected only pinned`),
    });
  });

  test('says what is missing where the tool is not on the runner', async () => {
    const setup = await preparePython(withProject(pipPath.join(':')));
    expect(setup).toMatchObject({ ok: false, message: expect.stringContaining(`${tool}.lock: expected ${tool}`) });
  });

  test('says that it needs its project beside it', async () => {
    const setup = await preparePython(request('', `models/a/${tool}.lock`));
    expect(setup).toMatchObject({ ok: false, message: expect.stringContaining('expected pyproject.toml beside it') });
  });
});

describe('an explicit lock of conda', () => {
  const lock = `# platform: linux-64\n@EXPLICIT\nhttps://conda.example.com/linux-64/python-3.12.1-h_0.conda#${digest}\n`;

  test('becomes an environment of its own', async () => {
    const python = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], {
      encoding: 'utf8',
    }).stdout.trim();
    const made = `for a in "$@"; do [ "$last" = --prefix ] && prefix="$a"; last="$a"; done
[ "$1" = create ] || exit 0
mkdir -p "$prefix/bin"; printf '#!/bin/sh\nexec ${python} "$@"\n' >"$prefix/bin/python3"; chmod +x "$prefix/bin/python3"`;
    const setup = await preparePython(
      request(lock, 'environment.lock', `${program('micromamba', made)}:/usr/bin:/bin`),
    );
    expect(setup).toMatchObject({
      ok: true,
      environment: {
        lock: 'conda',
        bin: expect.stringMatching(/conda\/bin$/),
        variables: { CONDA_PREFIX: expect.any(String) },
      },
    });
  });

  test('says what is missing where no tool is on the runner', async () => {
    const setup = await preparePython(request(lock, 'environment.lock', '/usr/bin:/bin'));
    expect(setup).toMatchObject({ ok: false, message: expect.stringContaining('expected micromamba, mamba, conda') });
  });

  test.each([
    ['resolves its packages', 'numpy=2.1\n', /:1: expected an explicit lock/],
    ['names a package without its digest', '@EXPLICIT\nhttps://example.com/a/b-1-0.conda\n', /:2: expected `https/],
    ['names one by MD5', `@EXPLICIT\nhttps://example.com/a/b-1-0.conda#${'a'.repeat(32)}\n`, /:2: expected `https/],
    [
      'fetches over plain HTTP',
      `@EXPLICIT\nhttp://example.com/a/b-1-0.conda#${'a'.repeat(64)}\n`,
      /:2: expected `https/,
    ],
    ['holds an option', '@EXPLICIT\n--channel=https://example.com\n', /:2: expected `https/],
  ])('is refused where it %s', async (_what, text, message) => {
    const setup = await preparePython(request(text, 'environment.lock'));
    expect(setup).toMatchObject({ ok: false, message: expect.stringMatching(message) });
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

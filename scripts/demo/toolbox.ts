import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { DemoError } from './wait.ts';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../..');
/** Git ignores this folder; everything in it can be fetched again. */
export const CACHE = join(ROOT, '.trainyard');

const PYTHONS = ['python3.12', 'python3.13', 'python3.11', 'python3.10', 'python3', 'python'] as const;

/** Where Node keeps what it compiled: each App and each action starts faster. */
export const COMPILED = join(CACHE, 'node-cache');

/** What the jobs of the local GitHub find on their machine beyond Node and git. */
export interface Toolbox {
  readonly python: string;
  readonly jobEnvironment: Readonly<Record<string, string>>;
}

async function findPython(): Promise<string> {
  const code = 'import sys; print(sys.executable if (3, 10) <= sys.version_info < (3, 14) else "")';
  for (const name of PYTHONS) {
    const found = await run(name, ['-c', code]).then(
      ({ stdout }) => stdout.trim(),
      () => '',
    );
    if (found !== '') return found;
  }
  throw new DemoError(`needs Python 3.10 to 3.13 on PATH (tried ${PYTHONS.join(', ')})`);
}

/**
 * Brings `uv`, pinned with hashes, which fills a virtual environment from its cache in a second where pip takes twenty.
 * Jobs fall back to pip without it.
 */
async function bringUv(python: string): Promise<string> {
  const directory = join(CACHE, 'tools');
  const binary = join(directory, 'bin/uv');
  if (existsSync(binary)) return dirname(binary);
  mkdirSync(directory, { recursive: true });
  await run(python, ['-m', 'venv', directory]);
  const lock = join(ROOT, 'scripts/demo/tools.lock');
  await run(join(directory, 'bin/python'), [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--require-hashes',
    '-r',
    lock,
  ]);
  return dirname(binary);
}

export async function prepareToolbox(): Promise<Toolbox> {
  const python = await findPython();
  const shims = join(CACHE, 'shims');
  mkdirSync(shims, { recursive: true });
  const uv = await bringUv(python);
  writeFileSync(join(shims, 'uv'), `#!/bin/sh\nexec '${join(uv, 'uv')}' "$@"\n`, { mode: 0o755 });
  return {
    python,
    jobEnvironment: {
      PATH: [shims, dirname(python), process.env['PATH'] ?? ''].join(delimiter),
      UV_CACHE_DIR: join(CACHE, 'uv-cache'),
      UV_PYTHON_DOWNLOADS: 'never',
      PIP_CACHE_DIR: join(CACHE, 'pip-cache'),
      NODE_COMPILE_CACHE: COMPILED,
      // The library that npm brought: checks of data fetch nothing.
      TRAINYARD_DUCKDB: join(ROOT, 'node_modules'),
    },
  };
}

import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { bringUv, CACHE, FETCHED, UV_ENVIRONMENT } from '../python-environment.ts';
import { DemoError } from './wait.ts';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../..');

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

export async function prepareToolbox(): Promise<Toolbox> {
  const python = await findPython();
  const shims = join(CACHE, 'shims');
  mkdirSync(shims, { recursive: true });
  const uv = bringUv(python);
  writeFileSync(join(shims, 'uv'), `#!/bin/sh\nexec '${uv}' "$@"\n`, { mode: 0o755 });
  return {
    python,
    jobEnvironment: {
      PATH: [shims, dirname(python), process.env['PATH'] ?? ''].join(delimiter),
      ...UV_ENVIRONMENT,
      PIP_CACHE_DIR: join(FETCHED, 'pip'),
      NODE_COMPILE_CACHE: COMPILED,
      // The library that npm brought: checks of data fetch nothing.
      TRAINYARD_DUCKDB: join(ROOT, 'node_modules'),
    },
  };
}

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
/** Git ignores this folder; everything in it can be made again. */
export const CACHE = join(ROOT, '.trainyard');
/** Outside of the checkout: gigabytes of packages are fetched once a machine, not once a clone. */
export const FETCHED = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'trainyard');

/** Variables for `uv`: its cache lies with everything else that was fetched, and it brings no Python. */
export const UV_ENVIRONMENT = { UV_CACHE_DIR: join(FETCHED, 'uv'), UV_PYTHON_DOWNLOADS: 'never' } as const;

/**
 * Brings `uv`, pinned with hashes, which fills a virtual environment from its cache in a second where pip takes twenty.
 *
 * @param python an interpreter with `venv` and `pip`
 * @returns the path of its binary
 * @throws Error where it can't be fetched
 */
export function bringUv(python: string): string {
  const lock = join(import.meta.dirname, 'uv-requirements.lock');
  const folder = placeOf(readFileSync(lock, 'utf8'));
  const binary = join(folder, 'bin/uv');
  if (isUsable(folder)) return binary;
  complete(folder, (unfinished) => {
    execFileSync(python, ['-m', 'venv', unfinished], { stdio: ['ignore', 'ignore', 'pipe'] });
    const flags = ['--quiet', '--disable-pip-version-check', '--require-hashes', '-r', lock];
    execFileSync(join(unfinished, 'bin/python'), ['-m', 'pip', 'install', ...flags], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  });
  return binary;
}

/** What a virtual environment holds: packages with what they need, then packages alone; or what a lock names. */
export type PythonPackages =
  | { readonly packages: readonly string[]; readonly alone?: readonly string[] }
  | { readonly lock: string };

/**
 * A virtual environment with packages from PyPI: made once, shared by all who ask for the same, never written to again.
 *
 * @returns the folder of its binaries
 * @throws Error with what `uv` said where a package can't be had
 */
export function pythonEnvironment(wanted: PythonPackages): string {
  const key = 'lock' in wanted ? readFileSync(wanted.lock, 'utf8') : JSON.stringify(wanted);
  const folder = placeOf(`compiled ${key}`);
  if (isUsable(folder)) return join(folder, 'bin');
  const uv = bringUv('python3');
  const run = (...args: readonly string[]): unknown =>
    execFileSync(uv, ['--quiet', ...args], { stdio: 'pipe', env: { ...process.env, ...UV_ENVIRONMENT } });
  complete(folder, (unfinished) => {
    // Relocatable: it is moved to its place when it is whole.
    run('venv', '--relocatable', '--python', 'python3', unfinished);
    // Nothing is written there later, not even what Python compiles: each process would compile all that it imports anew,
    // which is most of the time that one of MLflow, Ray or DVC takes.
    const install = (...args: readonly string[]): unknown =>
      run('pip', 'install', '--compile-bytecode', '--python', join(unfinished, 'bin/python'), ...args);
    if ('lock' in wanted) return void install('--require-hashes', '-r', wanted.lock);
    install(...wanted.packages);
    if (wanted.alone !== undefined) install('--no-deps', ...wanted.alone);
  });
  return join(folder, 'bin');
}

/** A folder that is either whole or not there. */
function placeOf(key: string): string {
  return join(FETCHED, 'python', createHash('sha256').update(key).digest('hex').slice(0, 16));
}

/** Not where the interpreter that it was made with is gone: its link then leads nowhere. */
function isUsable(folder: string): boolean {
  // In this order: where the folder is there it is whole, for others make it, too.
  if (!existsSync(folder)) return false;
  if (existsSync(join(folder, 'bin/python'))) return true;
  rmSync(folder, { recursive: true, force: true });
  return false;
}

/** Makes a folder beside its place and moves it there; of several that do so at a time, the first one's stays. */
function complete(folder: string, make: (unfinished: string) => void): void {
  mkdirSync(resolve(folder, '..'), { recursive: true });
  const unfinished = mkdtempSync(`${folder}-`);
  try {
    make(unfinished);
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

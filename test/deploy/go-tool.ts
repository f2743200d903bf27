import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { FETCHED } from '../../scripts/python-environment.ts';

const run = promisify(execFile);
/** Milliseconds for the first time. */
export const COMPILING = 900_000;

/** Whether tools in Go can be had; a reason to skip is a failure in CI. */
export function hasGo(what: string): boolean {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    const message = `needs Go; ${what} is unchecked`;
    if (process.env['CI'] !== undefined) throw new Error(message);
    process.stderr.write(`SKIPPED: ${message}\n`);
    return false;
  }
}

/** The path of a program of this exact version, compiled when it is not there. @param path of its main package */
export async function goTool(path: string, version: string): Promise<string> {
  const folder = join(FETCHED, 'go', `${path.replaceAll('/', '-')}-${version}`);
  // A module's major version stands in its path, and not in its program's name.
  const program = join(folder, basename(path.replace(/\/v\d+$/, '')));
  if (!existsSync(program)) {
    const env = { ...process.env, GOBIN: folder, GOFLAGS: '-modcacherw' };
    await run('go', ['install', `${path}@${version}`], { env, timeout: COMPILING, maxBuffer: 2 ** 24 });
  }
  return program;
}

/** The folder of a module's files. */
export async function goModule(path: string, version: string): Promise<string> {
  const env = { ...process.env, GOFLAGS: '-modcacherw' };
  const { stdout } = await run('go', ['mod', 'download', '-json', `${path}@${version}`], { cwd: '/', env });
  const found: unknown = JSON.parse(stdout);
  return String(Object(found).Dir);
}

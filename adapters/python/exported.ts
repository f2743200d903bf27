import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runInGroup } from '../sandbox/process-group.ts';

export type Exported = { readonly ok: true; readonly file: string } | { readonly ok: false; readonly message: string };

const SECONDS = 300;

/** What writes a project's lock out as requirements with hashes. It resolves nothing and builds nothing. */
const EXPORTS = {
  uv: (target: string): [string, ...string[]] => [
    'uv',
    'export',
    '--quiet',
    '--frozen',
    '--no-dev',
    '--no-emit-project',
    '--no-header',
    '--no-annotate',
    '--format=requirements-txt',
    `--output-file=${target}`,
  ],
  poetry: (target: string): [string, ...string[]] => [
    'poetry',
    'export',
    '--no-interaction',
    '--format=requirements.txt',
    `--output=${target}`,
  ],
} as const;

const MISSING = {
  uv: 'expected uv on the runner, found none: install it in a step before (astral-sh/setup-uv), or export the lock with `uv export --format requirements-txt --output-file requirements.lock` and name that as setup',
  poetry:
    'expected poetry with its export plugin on the runner: install both in a step before (`pipx install poetry` and `pipx inject poetry poetry-plugin-export`), or run `poetry export --output requirements.lock` and name that as setup',
} as const;

/**
 * Makes requirements of a `uv.lock` or `poetry.lock`, which then are held to the same rules as any others.
 * @param lock on disk, beside its pyproject.toml. @param directory to write into
 */
export async function exportLock(
  tool: keyof typeof EXPORTS,
  lock: { readonly file: string; readonly path: string },
  directory: string,
  environment: Readonly<Record<string, string>>,
): Promise<Exported> {
  const project = dirname(lock.file);
  if (!existsSync(join(project, 'pyproject.toml'))) {
    return { ok: false, message: `${lock.path}: expected pyproject.toml beside it, among the model’s inputs` };
  }
  const file = join(directory, 'exported.txt');
  const said: Buffer[] = [];
  const { exitCode, error } = await runInGroup(EXPORTS[tool](file), {
    cwd: project,
    environment,
    timeoutSeconds: SECONDS,
    onOutput: (chunk) => said.push(chunk),
  });
  if (error !== null) return { ok: false, message: `${lock.path}: ${MISSING[tool]}` };
  if (exitCode === 0 && existsSync(file)) return { ok: true, file };
  const tail = Buffer.concat(said).toString('utf8').trim().split('\n').slice(-12).join('\n');
  const isMissing = /command "?export"? (does not exist|is not defined)|no command.*export/i.test(tail);
  if (isMissing) return { ok: false, message: `${lock.path}: ${MISSING[tool]}` };
  return { ok: false, message: `${lock.path}: ${tool} could not export it:\n${tail}`.slice(0, 3000) };
}

import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runInGroup, type Take } from '../sandbox/process-group.ts';
import { CONDA_TOOLS, checkExplicit } from './conda.ts';
import { exportLock } from './exported.ts';
import { findPython, type Interpreter } from './interpreter.ts';
import { checkLock, type LockProblem } from './requirements.ts';
import { setupKind } from './setup-kind.ts';

export interface PythonEnvironment {
  /** To be put first on the PATH. */
  readonly bin: string;
  /** Directories that a sandbox has to mount for it to work; those under /usr are mounted anyway. */
  readonly directories: readonly string[];
  /** What programs of this environment need to be told, beside the PATH. */
  readonly variables: Readonly<Record<string, string>>;
  readonly interpreter: Interpreter;
  /** The tool whose lock was installed; null where there was none. */
  readonly lock: LockTool | null;
}

export type LockTool = 'pip' | 'uv' | 'poetry' | 'conda';

export type PythonSetup =
  | { readonly ok: true; readonly environment: PythonEnvironment }
  | { readonly ok: false; readonly message: string };

export interface PythonRequest {
  /** The lock on disk and its path in the repository; null for a Python without packages. */
  readonly lock: { readonly file: string; readonly path: string } | null;
  /** A directory to create the environment in. */
  readonly directory: string;
  /** Keeps the package caches of training and evaluation apart (DESIGN section 6). */
  readonly purpose: 'training' | 'evaluation';
  /** The job's own environment; only what installers need is taken from it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timeoutSeconds: number;
  readonly onLog?: Take;
  readonly cancel?: AbortSignal;
}

/** Builds an environment that holds exactly what the lock names, each file checked by its hash. */
export async function preparePython(request: PythonRequest): Promise<PythonSetup> {
  const environment = installerEnvironment(request.environment, request.purpose);
  await mkdir(request.directory, { recursive: true });
  const { lock } = request;
  if (lock === null) return makeVenv(request, null, null, environment);
  const kind = setupKind(lock.path);
  switch (kind.kind) {
    case 'unsupported':
      return refuse(`${lock.path}: a ${kind.format} can't be installed; ${kind.advice} and name that as setup`);
    case 'conda':
      return makeConda(request, lock, environment);
    case 'requirements':
      return makeVenv(request, lock, 'pip', environment);
    case 'uv':
    case 'poetry': {
      const exported = await exportLock(kind.kind, lock, request.directory, environment);
      if (!exported.ok) return exported;
      return makeVenv(request, { file: exported.file, path: lock.path }, kind.kind, environment);
    }
  }
}

type Lock = NonNullable<PythonRequest['lock']>;

function refuse(message: string): PythonSetup {
  return { ok: false, message };
}

async function makeVenv(
  request: PythonRequest,
  lock: Lock | null,
  tool: LockTool | null,
  environment: Readonly<Record<string, string>>,
): Promise<PythonSetup> {
  const problems = lock === null ? [] : checkLock(await readFile(lock.file, 'utf8'));
  if (lock !== null && problems.length > 0) return refuse(inLines(lock.path, problems));
  const interpreter = await findPython(environment);
  if (interpreter === null) return refuse('expected Python 3 on the PATH of the runner, found none');
  const venv = join(request.directory, 'venv');
  for (const argv of await installation(interpreter, venv, lock?.file ?? null, environment, request.directory)) {
    const failure = await install(argv, request, environment);
    if (failure !== null) return refuse(lock === null ? failure : `${lock.path}: ${failure}`);
  }
  return { ok: true, environment: describe(venv, interpreter, environment, tool) };
}

async function makeConda(
  request: PythonRequest,
  lock: Lock,
  environment: Readonly<Record<string, string>>,
): Promise<PythonSetup> {
  const problems = checkExplicit(await readFile(lock.file, 'utf8'));
  if (problems.length > 0) return refuse(inLines(lock.path, problems));
  const prefix = join(request.directory, 'conda');
  for (const tool of CONDA_TOOLS) {
    if ((await says([tool, '--version'], environment, request.directory)) === null) continue;
    const argv: Argv = [tool, 'create', '--yes', '--quiet', '--prefix', prefix, '--file', lock.file];
    const failure = await install(argv, request, environment);
    if (failure !== null) return refuse(`${lock.path}: ${failure}`);
    const bin = join(prefix, 'bin');
    const interpreter = await findPython({ PATH: bin });
    if (interpreter === null) return refuse(`${lock.path}: expected Python 3 among its packages, found none`);
    const variables = { CONDA_PREFIX: prefix };
    return { ok: true, environment: { bin, directories: [prefix], variables, interpreter, lock: 'conda' } };
  }
  return refuse(
    `${lock.path}: expected ${CONDA_TOOLS.join(', ')} on the runner, found none: install one in a step before (mamba-org/setup-micromamba)`,
  );
}

function inLines(path: string, problems: readonly LockProblem[]): string {
  return problems.map(({ line, message }) => `${path}:${line}: ${message}`).join('\n');
}

function describe(
  venv: string,
  interpreter: Interpreter,
  environment: Readonly<Record<string, string>>,
  lock: LockTool | null,
): PythonEnvironment {
  const inSystem = interpreter.prefix === '/usr' || interpreter.prefix.startsWith('/usr/');
  const libraries = join(interpreter.prefix, 'lib');
  // Pythons of actions/setup-python are linked with their own libpython.
  const needsLibraries = environment['LD_LIBRARY_PATH']?.split(':').includes(libraries) === true;
  return {
    bin: join(venv, 'bin'),
    directories: inSystem ? [venv] : [venv, interpreter.prefix],
    variables: { VIRTUAL_ENV: venv, ...(needsLibraries ? { LD_LIBRARY_PATH: libraries } : {}) },
    interpreter,
    lock,
  };
}

type Argv = [string, ...string[]];

/** What a program prints, where it is there and ends well; else null. */
async function says(argv: Argv, environment: Readonly<Record<string, string>>, cwd: string): Promise<string | null> {
  const out: Buffer[] = [];
  const onStdout = (chunk: Buffer): number => out.push(chunk);
  const { exitCode } = await runInGroup(argv, { cwd, environment, timeoutSeconds: 60, onStdout });
  return exitCode === 0 ? Buffer.concat(out).toString('utf8') : null;
}

/** The commands to run, one after the other: with uv where the runner has it, else with pip. */
async function installation(
  interpreter: Interpreter,
  venv: string,
  lock: string | null,
  environment: Readonly<Record<string, string>>,
  cwd: string,
): Promise<readonly Argv[]> {
  const { executable } = interpreter;
  const python = join(venv, 'bin', 'python');
  if ((await says(['uv', '--version'], environment, cwd)) !== null) {
    const create: Argv = ['uv', 'venv', '--quiet', '--no-config', '--no-project', '--python', executable, venv];
    if (lock === null) return [create];
    // Copies: a link would let the code that runs later reach into the cache.
    const flags = ['--quiet', '--no-config', '--require-hashes', '--link-mode=copy'];
    return [create, ['uv', 'pip', 'install', ...flags, '--python', python, '-r', lock]];
  }
  const create: Argv = [executable, '-I', '-m', 'venv', '--without-pip', venv];
  if (lock === null) return [create];
  const flags = ['--quiet', '--require-hashes', '--no-input', '--disable-pip-version-check', '--no-compile'];
  const install = ['install', ...flags, '-r', lock];
  const [major = 0, minor = 0] =
    /^pip (\d+)\.(\d+)/
      .exec((await says([executable, '-I', '-m', 'pip', '--version'], environment, cwd)) ?? '')
      ?.slice(1)
      .map(Number) ?? [];
  if (major > 22 || (major === 22 && minor >= 3)) {
    return [create, [executable, '-I', '-m', 'pip', '--python', python, ...install]];
  }
  // An older pip can't install into another environment, and making one with its own takes some ten seconds.
  return [
    [executable, '-I', '-m', 'venv', venv],
    [python, '-I', '-m', 'pip', ...install],
  ];
}

async function install(
  argv: Argv,
  request: PythonRequest,
  environment: Readonly<Record<string, string>>,
): Promise<string | null> {
  const said: string[] = [];
  const outcome = await runInGroup(argv, {
    cwd: request.directory,
    environment,
    timeoutSeconds: request.timeoutSeconds,
    lifeline: 'group',
    ...(request.cancel === undefined ? {} : { cancel: request.cancel }),
    onOutput: (chunk) => {
      said.push(chunk.toString('utf8'));
      if (said.length > 500) said.shift();
      return request.onLog?.(chunk);
    },
  });
  if (outcome.exitCode === 0) return null;
  const tail = said
    .join('')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== '')
    .slice(-12)
    .join('\n');
  const tool = argv.includes('pip') && argv[0] !== 'uv' ? 'pip' : argv.includes('venv') ? 'venv' : argv[0];
  if (outcome.timedOut) return `${tool} did not finish within ${request.timeoutSeconds} s\n${tail}`;
  return `${tool} could not install it:\n${outcome.error ?? tail}`.slice(0, 3000);
}

const PASSED_ON =
  /^(PATH|HOME|LANG|LD_LIBRARY_PATH|LC_ALL|TMPDIR|USER|LOGNAME|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|(HTTPS?|NO|ALL)_PROXY|(https?|no|all)_proxy|PIP_[A-Z0-9_]+|UV_[A-Z0-9_]+)$/;

/** No token, no `GITHUB_*`, nothing of the job but where packages come from. */
function installerEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  purpose: PythonRequest['purpose'],
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && PASSED_ON.test(name)) kept[name] = value;
  }
  const caches = join(kept['HOME'] ?? '/tmp', '.cache', 'trainyard');
  return {
    ...kept,
    UV_CACHE_DIR: join(kept['UV_CACHE_DIR'] ?? join(caches, 'uv'), purpose),
    PIP_CACHE_DIR: join(kept['PIP_CACHE_DIR'] ?? join(caches, 'pip'), purpose),
    UV_PYTHON_DOWNLOADS: 'never',
  };
}

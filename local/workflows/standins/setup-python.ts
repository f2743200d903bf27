import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { linesOf, type StandIn, type StandInStep } from '../stand-in.ts';

/** Newest first: what `3.x` means. */
const KNOWN = ['3.13', '3.12', '3.11', '3.10'];

/** Stands for actions/setup-python: finds an interpreter on this machine. */
export const setupPython: StandIn = {
  name: 'actions/setup-python',
  inputs: {
    'python-version': '',
    architecture: '',
    'check-latest': 'false',
    token: '',
    cache: '',
    'cache-dependency-path': '',
    'update-environment': 'true',
    'allow-prereleases': 'false',
  },
  async run(step) {
    if ((step.inputs['cache'] ?? '') !== '') throw new Error("the local GitHub's actions/setup-python has no `cache`");
    const wanted = linesOf(step.inputs['python-version'] ?? '');
    const found = await findPython(step, wanted.length === 0 ? ['3.x'] : wanted);
    const directory = await writeCommands(step, found);
    if (step.inputs['update-environment'] !== 'false') {
      step.addPath(directory);
      step.exportVariable('pythonLocation', join(directory, '..'));
    }
    step.output('python-version', found.version);
    step.output('python-path', found.path);
    step.output('cache-hit', 'false');
    step.log(`Found Python ${found.version} at ${found.path}`);
  },
};

interface Python {
  readonly path: string;
  readonly version: string;
}

/** The version asked for if the machine has it; else a newer one, else any that is not too old, with a warning. */
async function findPython(step: StandInStep, wanted: readonly string[]): Promise<Python> {
  const seen: Python[] = [];
  for (const specifier of wanted) {
    for (const command of candidates(specifier)) {
      const python = await ask(step, command);
      if (python === undefined) continue;
      seen.push(python);
      if (satisfies(python.version, specifier)) return python;
    }
  }
  for (const command of candidates('3.x')) {
    const python = await ask(step, command);
    if (python !== undefined) seen.push(python);
  }
  const others = seen.filter((python) => satisfies(python.version, '3.x'));
  const other = others.find((python) => wanted.some((specifier) => isNewer(python.version, specifier))) ?? others[0];
  if (other === undefined) {
    const versions = seen.map((python) => python.version).join(', ') || 'none';
    throw new Error(
      `Expected Python ${wanted.join(' or ')} on this machine, found ${versions}. Install Python 3.10 or newer.`,
    );
  }
  step.log(`##[warning]Python ${wanted.join(' or ')} is not on this machine: using ${other.version}`);
  return other;
}

function isNewer(version: string, specifier: string): boolean {
  const [major = 0, minor = 0] = specifier.split('.').map(Number);
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor === major && ownMinor > minor;
}

function candidates(specifier: string): string[] {
  const minor = /^(3\.\d+)/.exec(specifier)?.[1];
  return minor === undefined
    ? ['python3', ...KNOWN.map((version) => `python${version}`)]
    : [`python${minor}`, 'python3'];
}

/** `3.12`, `3.12.4`, `3.x`, `3`, `>=3.10`. */
function satisfies(version: string, specifier: string): boolean {
  const minimum = /^>=\s*(\d+)\.(\d+)$/.exec(specifier);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (minimum !== null) return major === Number(minimum[1]) && minor >= Number(minimum[2]);
  const parts = specifier.split('.').filter((part) => part !== 'x' && part !== '*');
  const own = version.split('.');
  // Below 3.10 nothing of this project runs; 3.x must not find the system's old one.
  return parts.every((part, index) => own[index] === part) && (parts.length > 1 || minor >= 10);
}

/** What each command was found to be, by PATH: version managers' shims take half a second to answer. */
const answers = new Map<string, Python | undefined>();

async function ask(step: StandInStep, command: string): Promise<Python | undefined> {
  const key = `${command} ${step.env['PATH']}`;
  if (answers.has(key)) return answers.get(key);
  const code = 'import sys; print(sys.executable); print("%d.%d.%d" % sys.version_info[:3])';
  const { code: exit, stdout } = await step
    .execute(command, ['-c', code], { output: 'none' })
    .catch(() => ({ code: 127, stdout: '' }));
  const [path = '', version = ''] = stdout.trim().split('\n').slice(-2);
  const python = exit === 0 && path !== '' && version !== '' ? { path, version } : undefined;
  // Ended by a signal, it says nothing about the machine.
  if (exit < 128) answers.set(key, python);
  return python;
}

/** Commands that start the interpreter. Links would move its prefix and break `python -m venv`. */
async function writeCommands(step: StandInStep, python: Python): Promise<string> {
  const directory = join(step.toolCache, 'Python', python.version, 'x64', 'bin');
  await mkdir(directory, { recursive: true });
  const minor = python.version.split('.').slice(0, 2).join('.');
  const quoted = `'${python.path.replaceAll("'", "'\\''")}'`;
  for (const name of ['python', 'python3', `python${minor}`])
    await writeCommand(join(directory, name), `exec ${quoted} "$@"`);
  for (const name of ['pip', 'pip3']) await writeCommand(join(directory, name), `exec ${quoted} -m pip "$@"`);
  return directory;
}

async function writeCommand(file: string, line: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\n${line}\n`);
  await chmod(file, 0o755);
}

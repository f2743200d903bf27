import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import type { PythonEnvironment } from '../../adapters/python/environment.ts';
import { findPython } from '../../adapters/python/interpreter.ts';
import { runInGroup } from '../../adapters/sandbox/process-group.ts';
import { Sha256 } from '../../core/names.ts';
import type { TrainEnvironment } from '../../core/training/environment.ts';
import { ASK_GPU_USE, gpuUseIn } from '../../core/training/gpu-use.ts';

type Machine = Pick<TrainEnvironment, 'system' | 'cpu' | 'memory' | 'gpus'>;

const ASK_GPUS = [
  'nvidia-smi',
  '--query-gpu=name,memory.total,driver_version',
  '--format=csv,noheader,nounits',
] as const;

/** What this machine is; GPUs as nvidia-smi tells, none where it is not there. @param path PATH of the job */
export async function describeMachine(path: string): Promise<Machine> {
  return {
    system: `${platform()} ${release()} ${arch()}`.slice(0, 200),
    cpu: { model: (cpus()[0]?.model ?? 'unknown').slice(0, 200), count: availableParallelism() },
    memory: totalmem(),
    gpus: parseGpus(await output([...ASK_GPUS], path)),
  };
}

/** Share of 0 to 1 of the busiest GPU that training may use; null where nvidia-smi is not there or does not say. */
export async function describeGpuUse(path: string, visible: string | undefined): Promise<number | null> {
  return gpuUseIn(await output([...ASK_GPU_USE], path), visible);
}

/** Lines such as `NVIDIA A100-SXM4-80GB, 81920, 550.54.15`; memory is in MiB there. */
export function parseGpus(text: string): TrainEnvironment['gpus'] {
  return text
    .split('\n')
    .map((line) => line.split(',').map((part) => part.trim().slice(0, 200)))
    .filter((parts) => parts.length === 3)
    .slice(0, 64)
    .map(([name = '', memory = '', driver = '']) => {
      return { name, memory: /^\d{1,9}$/.test(memory) ? Number(memory) * 2 ** 20 : null, driver };
    });
}

/** The Python that the command finds, and the packages that were installed for it from a lock. @param cancel ends the asking */
export async function describePackages(
  python: PythonEnvironment | null,
  path: string,
  cancel?: AbortSignal,
): Promise<Pick<TrainEnvironment, 'lock' | 'python' | 'packages'>> {
  if (python === null) {
    const found = await findPython({ PATH: path }, cancel);
    return { lock: null, python: found === null ? null : found.version.join('.'), packages: null };
  }
  return { lock: python.lock, python: python.interpreter.version.join('.'), packages: await installed(python.bin) };
}

/** Installers leave a folder `<name>-<version>.dist-info` for each package. */
async function installed(bin: string): Promise<TrainEnvironment['packages']> {
  const library = join(dirname(bin), 'lib');
  const pythons = (await readdir(library).catch(() => [])).filter((name) => /^python3\.\d+$/.test(name));
  const folders = await Promise.all(
    pythons.map((name) => readdir(join(library, name, 'site-packages')).catch(() => [])),
  );
  const names = folders
    .flat()
    .flatMap((folder) => /^(.+)-([^-]+)\.dist-info$/.exec(folder)?.slice(1, 3).join('==') ?? [])
    .map((name) => name.toLowerCase().replaceAll('_', '-'))
    .sort();
  const digest = createHash('sha256').update(names.join('\n')).digest('hex');
  return { digest: Sha256.parse(digest), count: names.length };
}

async function output(argv: [string, ...string[]], path: string): Promise<string> {
  const chunks: Buffer[] = [];
  const { exitCode } = await runInGroup(argv, {
    cwd: '/',
    environment: { PATH: path },
    timeoutSeconds: 10,
    onStdout: (chunk) => chunks.push(chunk),
  });
  return exitCode === 0 ? Buffer.concat(chunks).toString('utf8') : '';
}

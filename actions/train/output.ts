import { constants, createReadStream, createWriteStream } from 'node:fs';
import { cp, lstat, mkdir, open, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseMetrics } from '../../core/evaluation/metrics.ts';
import { TarError, type TarSource, writeTar } from '../../core/packaging/tar.ts';
import type { TrainNote, TrainStatus } from '../../core/training/status.ts';
import { refuseAway } from '../runtime/confined-files.ts';
import { ActionError } from '../runtime/error.ts';

export interface OutputLimits {
  readonly files: number;
  /** Sum of the files, in bytes. */
  readonly bytes: number;
}

export const OUTPUT_LIMITS: OutputLimits = { files: 10_000, bytes: 4 * 2 ** 30 };

export type PackedOutput =
  | { readonly kind: 'packed'; readonly files: number }
  | { readonly kind: 'empty' }
  | { readonly kind: 'invalid'; readonly message: string };

/** Packs an output directory: regular files only, because a link could show any file of the runner. */
export async function packOutput(directory: string, target: string, limits: OutputLimits): Promise<PackedOutput> {
  const sources: TarSource[] = [];
  const problem = await collect(directory, '', sources, limits, { bytes: 0 });
  if (problem !== null) return { kind: 'invalid', message: problem };
  if (sources.length === 0) return { kind: 'empty' };
  try {
    await pipeline(writeTar(sources), createWriteStream(target, { flags: 'wx' }));
    return { kind: 'packed', files: sources.length };
  } catch (error) {
    if (error instanceof TarError) return { kind: 'invalid', message: `TRAINYARD_OUTPUT: ${error.message}` };
    throw error;
  }
}

/** Adds the files below `prefix`. @returns the first problem in words, or null */
async function collect(
  root: string,
  prefix: string,
  sources: TarSource[],
  limits: OutputLimits,
  sum: { bytes: number },
): Promise<string | null> {
  for (const name of (await readdir(join(root, prefix))).sort()) {
    const path = prefix === '' ? name : `${prefix}/${name}`;
    const stat = await lstat(join(root, path));
    if (stat.isDirectory()) {
      const problem = await collect(root, path, sources, limits, sum);
      if (problem !== null) return problem;
      continue;
    }
    const shown = JSON.stringify(path.slice(0, 200));
    if (stat.isSymbolicLink()) return `TRAINYARD_OUTPUT: ${shown} is a link: write the file itself`;
    if (!stat.isFile()) return `TRAINYARD_OUTPUT: ${shown} is neither a file nor a folder`;
    sum.bytes += stat.size;
    if (sum.bytes > limits.bytes) return `TRAINYARD_OUTPUT: expected at most ${limits.bytes} bytes in all`;
    if (sources.length >= limits.files) return `TRAINYARD_OUTPUT: expected at most ${limits.files} files`;
    const executable = (stat.mode & 0o100) !== 0;
    sources.push({ path, size: stat.size, executable, chunks: () => read(join(root, path)) });
  }
  return null;
}

/** Opened only now, and not through a link that took the file's place since it was listed. */
async function* read(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  yield* createReadStream('', { fd: file, highWaterMark: 1 << 20 });
}

/** The files of an output directory by their paths below it; or what is wrong there, in words. */
export async function listOutput(directory: string): Promise<readonly string[] | string> {
  const sources: TarSource[] = [];
  return (await collect(directory, '', sources, OUTPUT_LIMITS, { bytes: 0 })) ?? sources.map(({ path }) => path);
}

/**
 * Copies what the command left elsewhere into the output directory, at the same paths.
 * @param paths below the working directory. @returns what is missing, or null
 */
export async function gatherOutputs(
  paths: readonly string[],
  tree: string,
  output: string,
): Promise<Pick<TrainStatus, 'reason' | 'message'> | null> {
  for (const path of paths) {
    const full = resolve(tree, path);
    if (!full.startsWith(`${tree}/`)) return invalid(`outputs: ${path} is not below the working directory`);
    if ((await stat(full).catch(() => null)) === null) {
      return { reason: 'no_output', message: `The command exited with 0 and left no ${path}, which outputs names.` };
    }
    try {
      await refuseAway(full, tree);
    } catch (error) {
      if (error instanceof ActionError) return invalid(error.message);
      throw error;
    }
    const target = join(output, full.slice(tree.length + 1));
    await mkdir(dirname(target), { recursive: true });
    await cp(full, target, { recursive: true, verbatimSymlinks: true });
  }
  const left = await readdir(output);
  return left.length > 0
    ? null
    : {
        reason: 'no_output',
        message: 'The command exited with 0 and left nothing in the directory that TRAINYARD_OUTPUT names.',
      };
}

function invalid(message: string): Pick<TrainStatus, 'reason' | 'message'> {
  return { reason: 'output_invalid', message };
}

/** Larger ones are refused unread. */
const MAX_METRICS_FILE = 1 << 20;

/** `metrics.json` of an output, as JSON of one line; empty where there is none that can be read. */
export async function readSelfReported(
  output: string,
): Promise<{ readonly json: string; readonly notes: readonly TrainNote[] }> {
  const path = join(output, 'metrics.json');
  const found = await lstat(path).catch(() => null);
  if (found === null) return { json: '', notes: [] };
  const refuse = (message: string) => {
    return { json: '', notes: [{ code: 'self_reported_unreadable' as const, message: message.slice(0, 1000) }] };
  };
  if (!found.isFile() || found.size > MAX_METRICS_FILE) return refuse('expected a file of at most 1 MiB');
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_METRICS_FILE + 1), 0, MAX_METRICS_FILE + 1, 0);
    const parsed = parseMetrics(buffer.subarray(0, bytesRead));
    return parsed.ok ? { json: JSON.stringify(parsed.metrics), notes: [] } : refuse(parsed.message);
  } finally {
    await file.close();
  }
}

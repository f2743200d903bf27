import { constants, createReadStream, createWriteStream } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { TarError, type TarSource, writeTar } from '../../core/packaging/tar.ts';

export interface OutputLimits {
  readonly files: number;
  /** Sum of the files, in bytes. */
  readonly bytes: number;
}

export const OUTPUT_LIMITS: OutputLimits = { files: 10_000, bytes: 4 * 2 ** 30 };

export type PackedOutput =
  | { readonly kind: 'packed'; readonly files: number }
  | { readonly kind: 'empty' }
  | OutputProblem;

/** What a package may not hold, in words; `too_large`: more bytes or files than one may have. */
export interface OutputProblem {
  readonly kind: 'invalid' | 'too_large';
  readonly message: string;
}

/** Packs an output directory: regular files only, because a link could show any file of the runner. */
export async function packOutput(directory: string, target: string, limits: OutputLimits): Promise<PackedOutput> {
  const sources = await sourcesIn(directory, limits);
  if ('kind' in sources) return sources;
  if (sources.length === 0) return { kind: 'empty' };
  try {
    await pipeline(writeTar(sources), createWriteStream(target, { flags: 'wx' }));
    return { kind: 'packed', files: sources.length };
  } catch (error) {
    if (error instanceof TarError) return { kind: 'invalid', message: `TRAINYARD_OUTPUT: ${error.message}` };
    throw error;
  }
}

/** None where the directory is gone. One in whose place a link is would show what lies wherever that leads. */
async function sourcesIn(directory: string, limits: OutputLimits): Promise<readonly TarSource[] | OutputProblem> {
  const found = await lstat(directory).catch(() => null);
  if (found === null || found.isFile()) return [];
  if (!found.isDirectory())
    return { kind: 'invalid', message: 'TRAINYARD_OUTPUT: a link took its place: write into the folder itself' };
  const sources: TarSource[] = [];
  return (await collect(directory, '', sources, limits, { bytes: 0 })) ?? sources;
}

/** Adds the files below `prefix`. @returns the first problem, or null */
async function collect(
  root: string,
  prefix: string,
  sources: TarSource[],
  limits: OutputLimits,
  sum: { bytes: number },
): Promise<OutputProblem | null> {
  const invalid = (message: string): OutputProblem => ({ kind: 'invalid', message: `TRAINYARD_OUTPUT: ${message}` });
  const tooLarge = (most: string): OutputProblem => {
    const message = `TRAINYARD_OUTPUT: expected at most ${most} in all: leave what the model needs, and keep the rest in TRAINYARD_CHECKPOINT`;
    return { kind: 'too_large', message };
  };
  const names = await readdir(join(root, prefix)).catch(() => null);
  if (names === null) return invalid(`${JSON.stringify(prefix.slice(0, 200))} is a folder that can’t be read`);
  for (const name of names.sort()) {
    const path = prefix === '' ? name : `${prefix}/${name}`;
    const shown = JSON.stringify(path.slice(0, 200));
    const stat = await lstat(join(root, path)).catch(() => null);
    if (stat === null) return invalid(`${shown} can’t be found by its name: is that no UTF-8, or was it taken away?`);
    if (stat.isDirectory()) {
      const problem = await collect(root, path, sources, limits, sum);
      if (problem !== null) return problem;
      continue;
    }
    if (stat.isSymbolicLink()) return invalid(`${shown} is a link: write the file itself`);
    if (!stat.isFile()) return invalid(`${shown} is neither a file nor a folder`);
    sum.bytes += stat.size;
    if (sum.bytes > limits.bytes) return tooLarge(`${limits.bytes} bytes`);
    if (sources.length >= limits.files) return tooLarge(`${limits.files} files`);
    const executable = (stat.mode & 0o100) !== 0;
    sources.push({ path, size: stat.size, executable, chunks: () => read(join(root, path)) });
  }
  return null;
}

/** The files of an output directory by their paths below it; or what is wrong there. */
export async function listOutput(
  directory: string,
): Promise<{ readonly kind: 'listed'; readonly files: readonly string[] } | OutputProblem> {
  const sources = await sourcesIn(directory, OUTPUT_LIMITS);
  return 'kind' in sources ? sources : { kind: 'listed', files: sources.map(({ path }) => path) };
}

/** Opened only now, and not through a link that took the file's place since it was listed. */
async function* read(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  yield* createReadStream('', { fd: file, highWaterMark: 1 << 20 });
}

import { createHash } from 'node:crypto';
import { isInside } from '../core/config/paths.ts';
import type { TreeEntry } from '../core/fingerprint/manifest.ts';
import { Sha256 } from '../core/names.ts';
import { comparePaths } from '../core/packaging/manifest.ts';
import { type TarSource, writeTar } from '../core/packaging/tar.ts';
import { entriesOf } from '../core/records.ts';
import type { TrainOrder } from '../core/training/request.ts';
import { FlowError } from './error.ts';
import type { Ports } from './ports.ts';

/** Of one file, in bytes: as much as GitHub gives of a blob. Larger data is passed on by reference. */
const MAX_FILE = 100 * 2 ** 20;
/** Of all files together, in bytes. */
const MAX_INPUTS = 2 * 2 ** 30;
const LFS_POINTER = Buffer.from('version https://git-lfs.github.com/spec/v1\n');

/**
 * The declared inputs of a run and nothing beside them, as one deterministic tar that is read from GitHub anew each time.
 *
 * @throws FlowError `not_possible` for data outside of the repository, a path that is not there, a link, a submodule, Git LFS, or too much
 */
export async function inputsTar(
  { source }: Pick<Ports, 'source'>,
  { commit, inputs, data }: Pick<TrainOrder, 'commit' | 'inputs' | 'data'>,
): Promise<() => AsyncIterable<Uint8Array>> {
  // Without it the command would train on what is there, or fail after an hour of GPU.
  const [far] = entriesOf(data).filter(([, { at }]) => at !== undefined);
  if (far !== undefined)
    throw refused(`dataset ${far[0]} lies outside of the repository, and is brought to engine: runner alone`);
  const tree = await source.tree(commit);
  if (tree.truncated) throw refused(`the tree of ${commit} is too large to be read as a whole`);
  const paths = new Set(tree.entries.map(({ path }) => path));
  const missing = inputs.filter((path) => !paths.has(path));
  if (missing.length > 0) throw refused(`expected ${missing.join(', ')} in ${commit}, found nothing there`);
  const files = tree.entries
    .filter(({ type, path }) => type !== 'tree' && inputs.some((input) => isInside(path, input)))
    .map((entry) => plainFile(entry, commit))
    .sort((a, b) => comparePaths(a.path, b.path));
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (bytes > MAX_INPUTS) throw refused(`expected at most ${MAX_INPUTS} bytes of declared inputs, found ${bytes}`);
  const sources = files.map(
    ({ path, size, executable }): TarSource => ({
      path,
      size,
      executable,
      async *chunks() {
        const content = await source.file(commit, path, MAX_FILE);
        if (content === null) throw refused(`${path} can’t be read at ${commit}`);
        if (content.length < 1024 && LFS_POINTER.equals(content.subarray(0, LFS_POINTER.length)))
          throw refused(`${path} is a Git LFS pointer: commit the file itself, or train on engine: runner`);
        yield content;
      },
    }),
  );
  return () => writeTar(sources);
}

/** Digests what is read on. */
export function digesting(content: () => AsyncIterable<Uint8Array>): {
  readonly content: () => AsyncIterable<Uint8Array>;
  /** Of the last whole reading. */
  readonly digest: () => Sha256;
} {
  let digest: Sha256 | null = null;
  return {
    async *content() {
      const hash = createHash('sha256');
      for await (const chunk of content()) {
        hash.update(chunk);
        yield chunk;
      }
      digest = Sha256.parse(hash.digest('hex'));
    },
    digest() {
      if (digest === null) throw refused('the declared inputs were not read to their end');
      return digest;
    },
  };
}

function plainFile(entry: TreeEntry, commit: string): { path: string; size: number; executable: boolean } {
  const { path, type, mode, size } = entry;
  if (type === 'blob' && (mode === '100644' || mode === '100755') && size !== undefined) {
    if (size > MAX_FILE) throw refused(`expected at most ${MAX_FILE} bytes in ${path}, found ${size}`);
    return { path, size, executable: mode === '100755' };
  }
  throw refused(`expected a file at ${path} in ${commit}, found ${mode === '120000' ? 'a link' : 'a submodule'}`);
}

function refused(message: string): FlowError {
  return new FlowError('not_possible', message);
}

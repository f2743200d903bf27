import { createHash } from 'node:crypto';
import { type GitId, Sha256 } from '../core/names.ts';
import { type TarSource, writeTar } from '../core/packaging/tar.ts';
import type { InputPins } from '../core/training/input-pins.ts';
import { FlowError } from './error.ts';
import { PortError, type Ports } from './ports.ts';

/** Of one file, in bytes: as much as GitHub gives of a blob. */
const MAX_FILE = 100 * 2 ** 20;
/** Of all files together, in bytes. */
const MAX_INPUTS = 2 * 2 ** 30;
const LFS_POINTER = Buffer.from('version https://git-lfs.github.com/spec/v1\n');

/**
 * The declared inputs of a run and nothing beside them, as one deterministic tar that is read from GitHub anew each time.
 *
 * @param pins all of them in git
 * @throws FlowError `not_possible` for too much; its reader a PortError `malformed`
 */
export function inputsTar(
  { source }: Pick<Ports, 'source'>,
  commit: GitId,
  pins: InputPins,
): () => AsyncIterable<Uint8Array> {
  const files = [...pins.files].map(([path, pin]) => {
    if (pin.kind !== 'git') throw tooMuch(`expected ${path} in git, found its ${pin.kind} alone`);
    if (pin.size > MAX_FILE) throw tooMuch(`expected at most ${MAX_FILE} bytes in ${path}, found ${pin.size}`);
    return { path, size: pin.size, executable: pin.executable };
  });
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (bytes > MAX_INPUTS) throw tooMuch(`expected at most ${MAX_INPUTS} bytes of declared inputs, found ${bytes}`);
  const sources = files.map(
    ({ path, size, executable }): TarSource => ({
      path,
      size,
      executable,
      async *chunks() {
        const content = await source.file(commit, path, MAX_FILE);
        if (content === null) throw unreadable(`${path} can’t be read at ${commit}`);
        if (content.length < 1024 && LFS_POINTER.equals(content.subarray(0, LFS_POINTER.length)))
          throw unreadable(
            `${path} is a Git LFS pointer, and no .gitattributes says so: track it with filter=lfs, or commit the file itself`,
          );
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
      if (digest === null) throw unreadable('the declared inputs were not read to their end');
      return digest;
    },
  };
}

function tooMuch(message: string): FlowError {
  return new FlowError('not_possible', message);
}

/** While a store takes them, all else than a PortError would count as its own failure, and be repeated for ever. */
function unreadable(message: string): PortError {
  return new PortError('malformed', message);
}

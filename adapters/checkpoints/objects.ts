import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Sha256 } from '../../core/names.ts';
import { CHUNK_BYTES, type CheckpointFile, type Chunk } from '../../core/training/checkpoint.ts';
import { CheckpointError } from './error.ts';
import { type ListedFile, markOfFile } from './listing.ts';

export interface WrittenObjects {
  readonly files: readonly CheckpointFile[];
  /** What the objects file holds, in its order. */
  readonly objects: readonly Chunk[];
}

/** Chunks of files that have not changed since they were read; keyed by path, so it grows with the directory alone. */
export type ChunkMemory = Map<string, { readonly mark: string; readonly chunks: readonly Sha256[] }>;

/**
 * Cuts files into chunks and writes those that are not held yet into one file, one after the other.
 * @param held chunks that need not be written
 * @throws CheckpointError `changed` when a file was written to meanwhile
 */
export async function writeObjects(
  directory: string,
  listed: readonly ListedFile[],
  held: ReadonlySet<Sha256>,
  memory: ChunkMemory,
  target: string,
): Promise<WrittenObjects> {
  const objects = new Map<Sha256, Chunk>();
  const files: CheckpointFile[] = [];
  const buffer = Buffer.alloc(CHUNK_BYTES);
  const out = await open(target, 'wx');
  try {
    for (const { path, size, executable, mark } of listed) {
      const known = memory.get(path);
      const isHeld = known?.mark === mark && known.chunks.every((chunk) => held.has(chunk) || objects.has(chunk));
      const chunks = isHeld
        ? known.chunks
        : await cut(join(directory, path), { size, mark }, held, objects, buffer, out);
      memory.set(path, { mark, chunks });
      files.push({ path, size, executable, chunks: [...chunks] });
    }
  } finally {
    await out.close();
  }
  const paths = new Set<string>(listed.map(({ path }) => path));
  for (const path of memory.keys()) if (!paths.has(path)) memory.delete(path);
  return { files, objects: [...objects.values()] };
}

async function cut(
  path: string,
  { size, mark }: Pick<ListedFile, 'size' | 'mark'>,
  held: ReadonlySet<Sha256>,
  objects: Map<Sha256, Chunk>,
  buffer: Buffer,
  out: FileHandle,
): Promise<readonly Sha256[]> {
  const chunks: Sha256[] = [];
  // Opened only now, and not through a link that took the file's place since it was listed.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((cause) => {
    throw new CheckpointError('changed', `${path} went away while it was read`, { cause });
  });
  try {
    for (let at = 0; at < size; at += CHUNK_BYTES) {
      const wanted = Math.min(CHUNK_BYTES, size - at);
      const content = buffer.subarray(0, await fill(file, buffer.subarray(0, wanted), at));
      if (content.length !== wanted) throw new CheckpointError('changed', `${path} became shorter while it was read`);
      const sha256 = Sha256.parse(createHash('sha256').update(content).digest('hex'));
      chunks.push(sha256);
      if (held.has(sha256) || objects.has(sha256)) continue;
      await out.writeFile(content);
      objects.set(sha256, { sha256, size: content.length });
    }
    if (markOfFile(await file.stat({ bigint: true })) !== mark) {
      throw new CheckpointError('changed', `${path} was written to while it was read`);
    }
  } finally {
    await file.close();
  }
  return chunks;
}

/** @returns how many bytes there were: fewer than asked for only at the file's end */
async function fill(file: FileHandle, into: Buffer, at: number): Promise<number> {
  let have = 0;
  while (have < into.length) {
    const { bytesRead } = await file.read(into, have, into.length - have, at + have);
    if (bytesRead === 0) break;
    have += bytesRead;
  }
  return have;
}

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Sha256 } from '../../core/names.ts';
import { CHUNK_BYTES, type CheckpointManifest, type Chunk } from '../../core/training/checkpoint.ts';
import { CheckpointError } from './error.ts';

/** One objects file on disk and what it holds. */
export interface ObjectsFile {
  readonly file: string;
  readonly objects: readonly Chunk[];
}

/** Where a chunk belongs: in which file, from which byte on, and how many of it. */
interface Place {
  readonly path: string;
  readonly at: number;
  readonly size: number;
}

/**
 * Writes a checkpoint's files into an empty directory, each chunk only if it has its digest.
 * @returns bytes written
 * @throws CheckpointError `damaged` when a chunk is missing or differs
 */
export async function restoreFiles(
  manifest: CheckpointManifest,
  packs: Iterable<ObjectsFile> | AsyncIterable<ObjectsFile>,
  directory: string,
): Promise<number> {
  const wanted = new Map<Sha256, Place[]>();
  for (const { path, size, chunks } of manifest.files) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    const file = await open(join(directory, path), 'wx');
    await file.truncate(size);
    await file.close();
    chunks.forEach((sha256, index) => {
      const at = index * CHUNK_BYTES;
      const place = { path, at, size: Math.min(CHUNK_BYTES, size - at) };
      wanted.set(sha256, [...(wanted.get(sha256) ?? []), place]);
    });
  }
  for await (const pack of packs) await restoreFrom(pack, wanted, directory);
  if (wanted.size > 0) throw new CheckpointError('damaged', `${wanted.size} chunks of the checkpoint are missing`);
  for (const { path, executable } of manifest.files) if (executable) await chmod(join(directory, path), 0o755);
  return manifest.files.reduce((sum, { size }) => sum + size, 0);
}

async function restoreFrom(
  { file, objects }: ObjectsFile,
  wanted: Map<Sha256, Place[]>,
  directory: string,
): Promise<void> {
  const source = await open(file, 'r');
  const buffer = Buffer.alloc(CHUNK_BYTES);
  let position = 0;
  try {
    for (const { sha256, size } of objects) {
      const places = wanted.get(sha256);
      if (places !== undefined) {
        if (places.some((place) => place.size !== size)) {
          throw new CheckpointError('damaged', `the chunk ${sha256} of the checkpoint has another size than its file`);
        }
        const content = await readExactly(source, buffer.subarray(0, size), position);
        if (createHash('sha256').update(content).digest('hex') !== sha256) {
          throw new CheckpointError('damaged', `the chunk ${sha256} of the checkpoint has other content`);
        }
        for (const { path, at } of places) await writeAt(join(directory, path), content, at);
        wanted.delete(sha256);
      }
      position += size;
    }
  } finally {
    await source.close();
  }
}

async function readExactly(source: FileHandle, into: Buffer, at: number): Promise<Buffer> {
  let have = 0;
  while (have < into.length) {
    const { bytesRead } = await source.read(into, have, into.length - have, at + have);
    if (bytesRead === 0) throw new CheckpointError('damaged', 'the objects of the checkpoint end too early');
    have += bytesRead;
  }
  return into;
}

async function writeAt(path: string, content: Buffer, at: number): Promise<void> {
  const target = await open(path, constants.O_WRONLY | constants.O_NOFOLLOW);
  try {
    let done = 0;
    while (done < content.length) {
      const { bytesWritten } = await target.write(content, done, content.length - done, at + done);
      done += bytesWritten;
    }
  } finally {
    await target.close();
  }
}

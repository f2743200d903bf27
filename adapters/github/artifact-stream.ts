import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { createInflateRaw, type InflateRaw } from 'node:zlib';
import { PortError } from '../../flows/ports.ts';
import type { Api } from './api.ts';
import { ARCHIVE_OVERHEAD, type ArtifactRequest, type Fetch, gone, locateArtifact } from './artifact-download.ts';

/** Milliseconds that the whole of it may take. */
const TIMEOUT = 30 * 60_000;
const HEADER = 30;
const SIGNATURE = 0x04034b50;
const ENCRYPTED = 1;
const DEFLATED = 8;

export interface StreamedFile extends ArtifactRequest {
  /** As the archive's first entry has to be named. */
  readonly name: string;
}

/**
 * The first file of an artifact's archive as it comes, for what is too large to be held. Its reader holds it to something
 * better than the archive, which is whole, and compared, at the end alone.
 *
 * @throws PortError `gone`, `digest_mismatch`, `too_large`, `malformed`, `unavailable`
 */
export async function* streamArtifact(
  api: Api,
  fetch: Fetch,
  request: StreamedFile,
): AsyncGenerator<Uint8Array, void, void> {
  const { id, digest, maxBytes } = request;
  const location = await locateArtifact(api, id);
  const hash = createHash('sha256');
  try {
    const answer = await fetch(location, { redirect: 'follow', signal: AbortSignal.timeout(TIMEOUT) });
    if (answer.status === 404 || answer.status === 410) throw gone(id);
    if (!answer.ok || answer.body === null)
      throw new PortError('unavailable', `artifact ${id}: expected its archive, got HTTP ${answer.status}`);
    let left = maxBytes;
    for await (const piece of inflated(bounded(answer.body, hash, request), request)) {
      left -= piece.length;
      if (left < 0) throw tooLarge(request);
      yield piece;
    }
  } catch (cause) {
    if (cause instanceof PortError) throw cause;
    throw new PortError('unavailable', `artifact ${id}: the download broke off`, { cause });
  }
  const found = hash.digest('hex');
  if (found !== digest)
    throw new PortError('digest_mismatch', `artifact ${id}: expected SHA-256 ${digest}, got ${found}`);
}

async function* bounded(
  chunks: AsyncIterable<Uint8Array>,
  hash: Hash,
  request: StreamedFile,
): AsyncGenerator<Uint8Array, void, void> {
  let left = request.maxBytes + ARCHIVE_OVERHEAD;
  for await (const chunk of chunks) {
    left -= chunk.length;
    if (left < 0) throw tooLarge(request);
    hash.update(chunk);
    yield chunk;
  }
}

/** The content of the first entry; what follows it is read to the end, and left. */
async function* inflated(
  archive: AsyncGenerator<Uint8Array, void, void>,
  request: StreamedFile,
): AsyncGenerator<Uint8Array, void, void> {
  const first = await firstBytes(archive, request);
  const inflate = createInflateRaw();
  const feeding = feed(inflate, first, archive);
  // Whoever reads sees the same failure; without this, Node ends the process for it.
  feeding.catch(() => {});
  try {
    for await (const piece of inflate) yield piece;
  } catch (cause) {
    if (inflate.errored !== null && 'code' in inflate.errored && String(inflate.errored.code).startsWith('Z_'))
      throw malformed(request, 'a broken file', cause);
    throw cause;
  }
  await feeding;
}

async function feed(inflate: InflateRaw, first: Uint8Array, rest: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    await put(inflate, first);
    for await (const chunk of rest) await put(inflate, chunk);
    inflate.end();
  } catch (error) {
    inflate.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

async function put(inflate: InflateRaw, chunk: Uint8Array): Promise<void> {
  if (inflate.readableEnded || inflate.destroyed || inflate.write(chunk)) return;
  const over = new AbortController();
  const happens = (event: string) => once(inflate, event, { signal: over.signal }).catch(() => {});
  await Promise.race([happens('drain'), happens('end'), happens('close')]);
  over.abort();
}

/** Skips the entry's own header. @returns what came behind it */
async function firstBytes(archive: AsyncGenerator<Uint8Array, void, void>, request: StreamedFile): Promise<Uint8Array> {
  let head = Buffer.alloc(0);
  for (;;) {
    const span = head.length < HEADER ? HEADER : HEADER + head.readUInt16LE(26) + head.readUInt16LE(28);
    if (head.length >= HEADER && head.length >= span) {
      requireEntry(head, request);
      return head.subarray(span);
    }
    const next = await archive.next();
    if (next.done === true) throw malformed(request, 'the end of the archive');
    head = Buffer.concat([head, next.value]);
  }
}

function requireEntry(head: Buffer, request: StreamedFile): void {
  if (head.readUInt32LE(0) !== SIGNATURE) throw malformed(request, 'no zip archive');
  const name = head.toString('utf8', HEADER, HEADER + head.readUInt16LE(26));
  if (name !== request.name) throw malformed(request, `the file ${JSON.stringify(name.slice(0, 200))}`);
  if ((head.readUInt16LE(6) & ENCRYPTED) !== 0) throw malformed(request, 'an encrypted file');
  if (head.readUInt16LE(8) !== DEFLATED) throw malformed(request, 'a file that is not deflated');
}

function malformed({ id, name }: StreamedFile, found: string, cause?: unknown): PortError {
  return new PortError('malformed', `artifact ${id}: expected a zip archive that begins with ${name}, got ${found}`, {
    cause,
  });
}

function tooLarge({ id, maxBytes }: StreamedFile): PortError {
  return new PortError('too_large', `artifact ${id}: expected at most ${maxBytes} bytes, got more`);
}

import { createHash } from 'node:crypto';
import { type Entry, fromBuffer, type ZipFile } from 'yauzl';
import type { Sha256 } from '../../core/names.ts';
import { PortError } from '../../flows/ports.ts';

const ENTRIES = 10_000;
const LINK = 0o120000;
const KIND = 0o170000;

/**
 * Files of an artifact's zip archive, which hostile jobs made: names are checked, links, encryption and duplicates
 * refused, and what is unpacked is counted, not what the archive declares.
 * @throws PortError `digest_mismatch`, `too_large`, `malformed`
 */
export async function unpack(
  archive: Uint8Array,
  digest: Sha256,
  maxBytes: number,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = createHash('sha256').update(archive).digest('hex');
  if (found !== digest) {
    throw new PortError('digest_mismatch', `artifact: expected an archive with SHA-256 ${digest}, got ${found}`);
  }
  const zip = await open(archive);
  const files = new Map<string, Uint8Array>();
  let left = maxBytes;
  try {
    for await (const entry of entriesOf(zip)) {
      if (entry.fileName.endsWith('/')) continue;
      refuseOddities(entry, files);
      const bytes = await read(zip, entry, left);
      left -= bytes.length;
      files.set(entry.fileName, bytes);
    }
  } finally {
    zip.close();
  }
  return files;
}

function open(archive: Uint8Array): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    const options = { lazyEntries: true, strictFileNames: true, autoClose: false };
    fromBuffer(Buffer.from(archive.buffer, archive.byteOffset, archive.length), options, (error, zip) => {
      if (error !== null || zip === undefined) reject(malformed('no zip archive', error));
      else resolve(zip);
    });
  });
}

async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry> {
  for (let count = 0; ; count += 1) {
    const entry = await new Promise<Entry | null>((resolve, reject) => {
      const settle = (action: () => void) => {
        zip.removeAllListeners('entry').removeAllListeners('end').removeAllListeners('error');
        action();
      };
      zip.once('entry', (next: Entry) => settle(() => resolve(next)));
      zip.once('end', () => settle(() => resolve(null)));
      zip.once('error', (error: Error) => settle(() => reject(malformed('a broken entry', error))));
      zip.readEntry();
    });
    if (entry === null) return;
    if (count >= ENTRIES) throw new PortError('too_large', `artifact: expected at most ${ENTRIES} files, got more`);
    yield entry;
  }
}

function refuseOddities(entry: Entry, files: ReadonlyMap<string, Uint8Array>): void {
  const name = JSON.stringify(entry.fileName.slice(0, 200));
  if (entry.isEncrypted()) throw malformed(`the encrypted file ${name}`);
  if (((entry.externalFileAttributes >>> 16) & KIND) === LINK) throw malformed(`the link ${name}`);
  if (files.has(entry.fileName)) throw malformed(`two files named ${name}`);
}

function read(zip: ZipFile, entry: Entry, left: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error !== null || stream === undefined) {
        reject(malformed('an unreadable file', error));
        return;
      }
      const chunks: Buffer[] = [];
      let size = 0;
      stream.on('data', (chunk: Buffer) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size > left)
          stream.destroy(new PortError('too_large', `artifact: expected fewer bytes, got more than the ${left} left`));
      });
      stream.once('error', (cause) => reject(cause instanceof PortError ? cause : malformed('a broken file', cause)));
      stream.once('end', () => resolve(new Uint8Array(Buffer.concat(chunks))));
    });
  });
}

function malformed(found: string, cause?: unknown): PortError {
  return new PortError('malformed', `artifact: expected a plain zip archive of files, got ${found}`, { cause });
}

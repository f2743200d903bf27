import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Entry, open, type ZipFile } from 'yauzl';
import { ActionError } from './error.ts';

/** The files that an archive has to hold and their largest sizes in bytes. */
export type ExpectedFiles = Readonly<Record<string, { readonly maxBytes: number; readonly optional?: boolean }>>;

/**
 * Unpacks an archive of which we know what is in it. Anything else in it is an error, and no name from it is ever
 * used as a path: files are written under the expected names.
 * @throws ActionError `artifact_invalid`
 */
export async function unzipExpected(archive: string, directory: string, expected: ExpectedFiles): Promise<Set<string>> {
  const found = new Set<string>();
  const zip = await openZip(archive);
  try {
    for await (const entry of entriesOf(zip)) {
      const name = Object.keys(expected).find((candidate) => candidate === entry.fileName);
      const rule = name === undefined ? undefined : expected[name];
      if (name === undefined || rule === undefined) throw invalid(`holds ${JSON.stringify(entry.fileName)}`);
      if (found.has(name)) throw invalid(`holds ${name} twice`);
      if (entry.isEncrypted()) throw invalid(`${name} is encrypted`);
      if (entry.uncompressedSize > rule.maxBytes) {
        throw invalid(`${name} has ${entry.uncompressedSize} bytes, expected at most ${rule.maxBytes}`);
      }
      found.add(name);
      // yauzl ends the stream with an error when it does not have exactly the declared size.
      await pipeline(await readEntry(zip, entry), createWriteStream(join(directory, name), { flags: 'wx' }));
    }
  } catch (error) {
    throw error instanceof ActionError ? error : invalid('can’t be read as a zip archive', error);
  } finally {
    zip.close();
  }
  const missing = Object.keys(expected).filter((name) => !found.has(name) && expected[name]?.optional !== true);
  if (missing.length > 0) throw invalid(`lacks ${missing.join(', ')}`);
  return found;
}

function invalid(what: string, cause?: unknown): ActionError {
  return new ActionError('artifact_invalid', `the artifact’s archive ${what}`, { cause });
}

function openZip(archive: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    open(archive, { lazyEntries: true, autoClose: false, strictFileNames: true }, (error, zip) => {
      if (error === null) resolve(zip);
      else reject(invalid('can’t be read as a zip archive', error));
    });
  });
}

async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry> {
  for (let count = 0; count < zip.entryCount; count += 1) {
    yield await new Promise<Entry>((resolve, reject) => {
      zip.once('entry', resolve);
      zip.once('error', reject);
      zip.once('end', () => reject(invalid('ends early')));
      zip.readEntry();
    });
    zip.removeAllListeners();
  }
}

function readEntry(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error === null) resolve(stream);
      else reject(error);
    });
  });
}

import { isUtf8 } from 'node:buffer';
import { lstatSync, opendirSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { sha256Hex } from '../../core/canonical.ts';
import type { Other } from '../../core/verification/engine.ts';
import type { ScannableFile } from '../../core/verification/format.ts';
import type { ScanReport } from '../../core/verification/report.ts';
import { MAX_FILES, scanFiles, tooManyFiles } from '../../core/verification/scan.ts';
import { FilesOnDisk } from './files-on-disk.ts';
import { whyOf } from './why-unusable.ts';

/** A path that was given and can't be read. */
export class PathError extends Error {
  override readonly name = 'PathError';
}

export interface FoundFiles {
  readonly files: readonly ScannableFile[];
  /** What lies there and can't be scanned: links, pipes and the like, which are not followed, and what can't be read. */
  readonly others: readonly Omit<Other, 'sha256'>[];
  /** Whether there are more than a scan takes: none was read, and no more were listed. */
  readonly tooMany: boolean;
  close(): void;
}

/** Names, of folders as well: a folder may hold millions, and all of them would have to be kept to be sorted. */
const MAX_NAMES = 10 * MAX_FILES;

/**
 * Everything below the paths, by its name on disk, in order. Links are not followed, but for those within the cache of
 * Hugging Face. What can't be read does not keep the
 * rest from being scanned.
 *
 * @param expired whether the time is over, asked while files are read for their digests
 * @throws PathError for a path that was given and is not there
 */
export async function findFiles(
  directory: string,
  paths: readonly string[],
  expired: () => boolean = () => false,
): Promise<FoundFiles> {
  for (const path of paths) requirePath(directory, path);
  const listing = new Listing(directory);
  if (!paths.every((path) => listing.visit(path))) return { files: [], others: [], tooMany: true, close: () => {} };
  const others = [...listing.others];
  const files: ScannableFile[] = [];
  const reader = new FilesOnDisk(() => {
    if (expired()) throw new Expired();
  });
  for (const { path, place, size } of listing.files) {
    try {
      files.push(await reader.scannable(path, place, size));
    } catch (cause) {
      others.push(cause instanceof Expired ? { path, reason: 'timed_out' } : { path, why: unreadable(cause) });
    }
  }
  return { files, others, tooMany: false, close: () => reader.close() };
}

/** The scan of what was found, with what could not be read. */
export function scanFound({ files, others, tooMany }: FoundFiles, expired: () => boolean): ScanReport {
  if (tooMany) return tooManyFiles();
  return scanFiles(files, { others: others.map((other) => ({ ...other, sha256: sha256Hex('') })), expired });
}

class Expired extends Error {}

/** What stands below some paths; nothing is opened. */
class Listing {
  readonly files: { readonly path: string; readonly place: string; readonly size: number }[] = [];
  readonly others: Omit<Other, 'sha256'>[] = [];
  readonly #directory: string;
  #names = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @returns whether there are not too many */
  visit(path: string): boolean {
    const place = resolve(this.#directory, path);
    try {
      const found = lstatSync(place);
      const blob = found.isSymbolicLink() ? cachedBlob(place) : null;
      if (found.isFile()) this.files.push({ path, place, size: found.size });
      else if (blob !== null) this.files.push({ path, ...blob });
      else if (!found.isDirectory()) this.others.push({ path });
      else return this.#namesIn(place).every((name) => this.#inFolder(path, name));
    } catch (cause) {
      this.others.push({ path, why: unreadable(cause) });
    }
    return this.files.length + this.others.length <= MAX_FILES && this.#names <= MAX_NAMES;
  }

  /** A name that is no text opens nothing, or another file of the folder. */
  #inFolder(folder: string, name: Buffer): boolean {
    const path = join(folder, name.toString());
    if (isUtf8(name)) return this.visit(path);
    this.others.push({ path, why: "it can't be read: its name is not UTF-8" });
    return true;
  }

  #namesIn(place: string): readonly Buffer[] {
    const names: Buffer[] = [];
    const folder = opendirSync(place, { encoding: 'latin1' });
    try {
      for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
        names.push(Buffer.from(entry.name, 'latin1'));
        this.#names += 1;
        if (this.#names > MAX_NAMES) break;
      }
    } finally {
      folder.closeSync();
    }
    return names.sort(Buffer.compare);
  }
}

const COMMIT = /^[0-9a-f]{40}$/;
const DIGEST = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/**
 * What a link leads to in the cache of Hugging Face, in which each file of a model is one: from
 * `<repository>/snapshots/<commit>/…` to the file `<repository>/blobs/<digest>`. Null for any other link.
 *
 * Source: https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
function cachedBlob(place: string): { readonly place: string; readonly size: number } | null {
  const folder = realpathSync(dirname(place));
  const parts = folder.split(sep);
  const at = parts.lastIndexOf('snapshots');
  if (at === -1 || !COMMIT.test(parts[at + 1] ?? '')) return null;
  const blob = resolve(folder, readlinkSync(place));
  const blobs = [...parts.slice(0, at), 'blobs'].join(sep);
  if (dirname(blob) !== blobs || !DIGEST.test(basename(blob))) return null;
  const found = lstatSync(blob);
  // The folder itself may be a link to elsewhere.
  return found.isFile() && realpathSync(blob) === blob ? { place: blob, size: found.size } : null;
}

function unreadable(cause: unknown): string {
  return `it can't be read: ${whyOf(cause)}`;
}

function requirePath(directory: string, path: string): void {
  try {
    lstatSync(resolve(directory, path));
  } catch (cause) {
    throw new PathError(`expected files and folders that can be read, found ${path}: ${whyOf(cause)}`, { cause });
  }
}

import { digestOf } from '../../canonical.ts';
import type { Sha256 } from '../../names.ts';

export interface ListedFile {
  /** Within the folder, with `/`. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: Sha256;
}

/** What pins a folder of files: SHA-256 of their list in RFC 8785 form, in the order of their paths. */
export function folderDigest(files: readonly ListedFile[]): Sha256 {
  const list = files.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 }));
  return digestOf(list.sort((a, b) => (a.path < b.path ? -1 : 1)));
}

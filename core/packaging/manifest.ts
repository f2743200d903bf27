import { z } from 'zod';
import { RepoPath, Sha256 } from '../names.ts';

/** A file's path inside a package: the grammar of repository paths, already without a trailing slash. */
export const PackagePath = RepoPath.refine((path) => path.isWellFormed(), 'a path that UTF-8 can express');
export type PackagePath = z.infer<typeof PackagePath>;

export const MAX_FILES = 10_000;

export const ManifestFile = z.strictObject({
  path: PackagePath,
  /** Bytes. */
  size: z.int().min(0),
  sha256: Sha256,
});
export type ManifestFile = z.infer<typeof ManifestFile>;

/** What a package holds. Files are sorted by path, in the order of UTF-16 code units. */
export const Manifest = z.strictObject({
  version: z.literal(1),
  files: z.array(ManifestFile).max(MAX_FILES),
});
export type Manifest = z.infer<typeof Manifest>;

/** What a directory walk found, before anything is believed. */
export interface FoundFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly kind: 'file' | 'link' | 'other';
}

export type ManifestResult =
  | { readonly ok: true; readonly manifest: Manifest }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Makes the manifest of found files; refuses links, devices, unsafe paths and paths that some file system can't keep apart. */
export function buildManifest(found: readonly FoundFile[]): ManifestResult {
  const problems: string[] = [];
  if (found.length > MAX_FILES) return { ok: false, problems: [`at most ${MAX_FILES} files, found ${found.length}`] };
  const files: ManifestFile[] = [];
  for (const { path, size, sha256, kind } of found) {
    const parsed = ManifestFile.safeParse({ path, size, sha256 });
    if (kind !== 'file') {
      problems.push(
        `${show(path)} is ${kind === 'link' ? 'a link' : 'neither a file nor a folder'}: leave regular files only`,
      );
    } else if (!parsed.success) {
      problems.push(`${show(path)}: expected ${parsed.error.issues[0]?.message ?? 'a valid file'}`);
    } else if (parsed.data.path !== path) {
      problems.push(`${show(path)} ends in a slash: expected a file`);
    } else {
      files.push(parsed.data);
    }
  }
  files.sort((a, b) => comparePaths(a.path, b.path));
  problems.push(...pathConflicts(files.map((file) => file.path)));
  return problems.length > 0 ? { ok: false, problems } : { ok: true, manifest: { version: 1, files } };
}

/** Reads a manifest that somebody hands over: as strict as `buildManifest`, and in its order. */
export function parseManifest(raw: unknown): ManifestResult {
  const parsed = Manifest.safeParse(raw);
  if (!parsed.success) {
    const problems = parsed.error.issues.slice(0, 20).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    return { ok: false, problems };
  }
  const result = buildManifest(parsed.data.files.map((file) => ({ ...file, kind: 'file' as const })));
  if (!result.ok) return result;
  const sorted = result.manifest.files.every((file, index) => file.path === parsed.data.files[index]?.path);
  return sorted ? result : { ok: false, problems: ['the files of the manifest are not sorted by path'] };
}

/** Order of package paths: by UTF-16 code units, which needs no locale. */
export function comparePaths(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Pairs of paths that can't exist side by side everywhere: equal, equal but for case or Unicode form, or one a folder of
 * the other. Whoever unpacks would see one file where the digest covers two.
 */
export function pathConflicts(paths: readonly string[]): readonly string[] {
  const problems: string[] = [];
  const files = new Map<string, string>();
  for (const path of paths) {
    const folded = fold(path);
    const other = files.get(folded);
    if (other === undefined) files.set(folded, path);
    else
      problems.push(
        other === path ? `${show(path)} occurs twice` : `${show(path)} and ${show(other)} differ only in case or form`,
      );
  }
  const folders = new Map<string, string>();
  for (const path of paths) {
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
      const folder = path.slice(0, slash);
      const file = files.get(fold(folder));
      if (file !== undefined) problems.push(`${show(file)} is a file and the folder of ${show(path)}`);
      const other = folders.get(fold(folder));
      if (other === undefined) folders.set(fold(folder), folder);
      else if (other !== folder)
        problems.push(`the folders ${show(folder)} and ${show(other)} differ only in case or form`);
    }
  }
  return [...new Set(problems)];
}

/** Windows also drops dots and spaces from the end of a name. */
function fold(path: string): string {
  const folded = path.normalize('NFKC').toLowerCase().toUpperCase().normalize('NFKC');
  return folded.replace(/[. ]+(?=\/|$)/g, '');
}

function show(path: string): string {
  return JSON.stringify(path.length > 200 ? `${path.slice(0, 199)}…` : path);
}

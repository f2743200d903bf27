import type { Stats } from 'node:fs';
import { glob, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { besideAlways } from '../../core/data/sources/beside-data.ts';
import { isGlob } from '../../core/data/sources/reference.ts';
import { DataEngineError, type DataFile } from '../../flows/check-data/ports.ts';
import { placed } from '../data-sources/placed.ts';

const MAX_FILES = 10_000;

/**
 * A file, all files of a folder, or those of a glob, sorted by name. Nothing is left out: what lies beside the data of a
 * folder says so (`beside`).
 * @throws DataEngineError `unreadable`
 */
export async function listFiles(pattern: string, directory: string): Promise<readonly DataFile[]> {
  if (pattern === '') throw refusal('expected the path of a file or folder, found an empty one');
  const path = resolve(directory, pattern);
  const names = await namesOf(pattern, path, directory);
  if (names.length > MAX_FILES)
    throw refusal(`a dataset may have ${MAX_FILES} files at most, ${pattern} has ${names.length}`);
  const files: DataFile[] = [];
  for (const { path: found, within: inside } of names.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const file = await describe(found, relative(directory, found) || found);
    files.push(inside === null ? file : placed(file, inside));
  }
  return files;
}

interface Found {
  readonly path: string;
  /** Its path from the folder that is the dataset, with `/`; null where it was named otherwise. */
  readonly within: string | null;
}

async function namesOf(pattern: string, path: string, directory: string): Promise<Found[]> {
  const found = await statOf(path, pattern);
  if (found !== null && isGlob(pattern)) await refuseAmbiguous(pattern, path, directory);
  if (found?.isDirectory()) return within(path);
  if (found !== null) return [{ path, within: null }];
  const matches = await matching(pattern, directory);
  // A pattern says which names it means; only of others is it asked what they are.
  return matches.map((match) => ({ path: match, within: besideAlways(basename(match)) ? basename(match) : null }));
}

/** A file whose name is a pattern would take the place of all that the pattern means. */
async function refuseAmbiguous(pattern: string, path: string, directory: string): Promise<void> {
  const other = (await matching(pattern, directory)).find((match) => match !== path);
  if (other === undefined) return;
  const name = relative(directory, other) || other;
  throw refusal(`${pattern} is a name and also a pattern, which ${name} matches: rename the one that is not meant`);
}

async function matching(pattern: string, directory: string): Promise<string[]> {
  const names: string[] = [];
  for await (const name of glob(pattern, { cwd: directory })) {
    names.push(resolve(directory, name));
    if (names.length > MAX_FILES) break;
  }
  return names;
}

/** Links are listed, too: what they lead to is looked at when they are described. */
async function within(folder: string): Promise<Found[]> {
  const found: Found[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    found.push({ path, within: relative(folder, path).replaceAll(sep, '/') });
  }
  return found;
}

async function describe(path: string, name: string): Promise<DataFile> {
  const found = await statOf(path, name);
  if (found === null) throw refusal(`${name}: the link leads nowhere`);
  if (!found.isFile()) throw refusal(`${name}: expected a file, found ${kindOf(found)}: name the files themselves`);
  const real = await realpath(path);
  return { name, path: real, bytes: found.size, modified: found.mtimeMs };
}

/** Null where there is nothing. */
async function statOf(path: string, name: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : null;
    // A NUL in a path is no path to Node, and a name beyond all lengths is none to the system.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' || code === 'ERR_INVALID_ARG_VALUE')
      return null;
    throw refusal(`${name}: it can’t be looked at: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a pipe';
  if (found.isSocket()) return 'a socket';
  return 'a device';
}

function refusal(message: string, cause?: unknown): DataEngineError {
  return new DataEngineError('unreadable', message, { cause });
}

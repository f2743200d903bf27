import type { Stats } from 'node:fs';
import { glob, readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { DataEngineError, type DataFile } from '../../flows/check-data/ports.ts';

const MAX_FILES = 10_000;

/**
 * A file, all files of a folder, or those of a glob, sorted by name. Nothing is left out in silence but what tools leave
 * out themselves (names that begin with a dot or an underscore): training might read it.
 * @throws DataEngineError `unreadable`
 */
export async function listFiles(pattern: string, directory: string): Promise<readonly DataFile[]> {
  if (pattern === '') throw refusal('expected the path of a file or folder, found an empty one');
  const path = resolve(directory, pattern);
  const names = await namesOf(pattern, path, directory);
  if (names.length > MAX_FILES)
    throw refusal(`a dataset may have ${MAX_FILES} files at most, ${pattern} has ${names.length}`);
  const files: DataFile[] = [];
  for (const name of names.sort()) files.push(await describe(name, relative(directory, name) || name));
  return files;
}

async function namesOf(pattern: string, path: string, directory: string): Promise<string[]> {
  const found = await statOf(path, pattern);
  if (found?.isDirectory()) return within(path);
  if (found !== null) return [path];
  const names: string[] = [];
  for await (const name of glob(pattern, { cwd: directory })) {
    names.push(resolve(directory, name));
    if (names.length > MAX_FILES) break;
  }
  return names;
}

/** Links are listed, too: what they lead to is looked at when they are described. */
async function within(folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const name = join(entry.parentPath, entry.name);
    if (!entry.isDirectory() && !isHidden(relative(folder, name))) names.push(name);
  }
  return names;
}

/** As Spark and others skip `_SUCCESS`, `.part.crc` and `_delta_log/`; a folder `_key=value` is a partition. */
function isHidden(name: string): boolean {
  const parts = name.split(sep);
  return parts.some((part, at) => /^[._]/.test(part) && (at === parts.length - 1 || !part.includes('=')));
}

async function describe(path: string, name: string): Promise<DataFile> {
  const found = await statOf(path, name);
  if (found === null) throw refusal(`${name}: the link leads nowhere`);
  if (!found.isFile()) throw refusal(`${name}: expected a file, found ${kindOf(found)}: name the files themselves`);
  const real = await realpath(path);
  // DuckDB would take the path for a pattern, and read other files that match it.
  if (/[*?[]/.test(real))
    throw refusal(`${name}: a path with * or ? or [ would be read as a pattern: rename the file or its folder`);
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

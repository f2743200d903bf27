import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  type DvcOutput,
  dvcObjectPath,
  parseDvcFile,
  parseDvcLock,
  parseDvcManifest,
} from '../../core/data/sources/dvc.ts';
import { DataEngineError, type DataFile } from '../../flows/check-data/ports.ts';
import { type DvcStore, dvcStores } from './dvc-stores.ts';
import type { SourceContext } from './options.ts';
import { placed } from './placed.ts';
import { folderWith, ownText } from './repository.ts';
import { placeFile } from './scratch.ts';

/** In bytes. */
const MAX_TEXT = 32 * 1024 * 1024;

/** Of a folder's list of files, in bytes. */
const MAX_LISTING = 128 * 1024 * 1024;

export interface Tracked {
  readonly output: DvcOutput;
  /** What the pointer tracks, absolute. */
  readonly path: string;
  /** Below it, where one file of a folder is meant; empty for all of it. */
  readonly within: string;
}

/**
 * What DVC tracks at a path: by a `.dvc` file of that name or beside it, or as an output in a `dvc.lock`, there or in a
 * folder above. Null where none does.
 */
export async function trackedByDvc(path: string, context: SourceContext): Promise<Tracked | null> {
  const wanted = resolve(context.directory, path);
  const root = await folderWith('.dvc', dirname(wanted));
  if (root === null) return null;
  if (wanted.endsWith('.dvc')) {
    const [output, ...more] = await outputsOf(wanted, context);
    if (output === undefined || more.length > 0) return null;
    return { output, path: resolve(dirname(wanted), output.path), within: '' };
  }
  for (let at = wanted; at !== root && at.startsWith(root); at = dirname(at)) {
    for (const pointer of [`${at}.dvc`, ...locksAbove(at, root)]) {
      const output = (await outputsOf(pointer, context)).find((one) => resolve(dirname(pointer), one.path) === at);
      if (output !== undefined) return { output, path: at, within: relative(at, wanted).replaceAll('\\', '/') };
    }
  }
  return null;
}

function locksAbove(path: string, root: string): readonly string[] {
  const folder = dirname(path);
  return [join(folder, 'dvc.lock'), ...(folder === root || dirname(folder) === folder ? [] : locksAbove(folder, root))];
}

async function outputsOf(pointer: string, context: SourceContext): Promise<readonly DvcOutput[]> {
  const text = await ownText(pointer, MAX_TEXT, context);
  if (text === null) return [];
  const outputs = pointer.endsWith('dvc.lock') ? parseDvcLock(text) : parseDvcFile(text);
  if (outputs === null)
    throw new DataEngineError('unreadable', `${relative(context.directory, pointer)} can’t be read as a file of DVC`);
  return outputs;
}

/** The content of what DVC tracks, from its cache or its remote, checked against the md5. @throws DataEngineError */
export async function fetchDvc(tracked: Tracked, context: SourceContext): Promise<readonly DataFile[]> {
  const { output, path, within } = tracked;
  const root = (await folderWith('.dvc', dirname(path))) ?? context.directory;
  if (context.trust.kind === 'pull_request') await refuseOutside(root, context);
  const stores = await dvcStores(root, output.remote, context);
  const name = relative(context.directory, path).replaceAll('\\', '/') || path;
  if (!output.directory) return [await fetchObject(output, name, name, stores, context)];
  // It is read into memory, and its size is whatever the remote says.
  const small = { ...context, bounds: { ...context.bounds, bytes: Math.min(context.bounds.bytes, MAX_LISTING) } };
  const listing = await fetchObject(output, `${name}.dir`, name, stores, small);
  const files = parseDvcManifest(await readFile(listing.path, 'utf8'));
  if (files === null) throw new DataEngineError('unreadable', `${name}: DVC’s list of its files can’t be read`);
  const wanted = files.filter((file) => within === '' || file.path === within || file.path.startsWith(`${within}/`));
  if (wanted.length === 0) throw new DataEngineError('unreadable', `${name}: DVC tracks no ${within} in it`);
  if (wanted.length > context.bounds.files)
    throw new DataEngineError('unreadable', `${name}: more than ${context.bounds.files} files`);
  const fetched: DataFile[] = [];
  let budget = context.bounds.bytes;
  for (const file of wanted.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const object = { ...output, directory: false, md5: file.md5 };
    const bounded = { ...context, bounds: { ...context.bounds, bytes: budget } };
    const { pin: _, ...plain } = await fetchObject(object, `${name}/${file.path}`, name, stores, bounded);
    budget -= plain.bytes;
    fetched.push(file.path === within ? plain : placed(plain, file.path.slice(within === '' ? 0 : within.length + 1)));
  }
  // The folder's own md5 fixes all of its files.
  return fetched.map((file) => ({ ...file, ...(listing.pin === undefined ? {} : { pin: listing.pin }) }));
}

async function refuseOutside(root: string, { directory }: SourceContext): Promise<void> {
  const inside = relative(await realpath(directory), await realpath(root));
  if (inside.startsWith('..') || isAbsolute(inside))
    throw new DataEngineError('unreadable', 'the DVC project lies outside of the repository');
}

async function fetchObject(
  object: DvcOutput,
  name: string,
  pinned: string,
  stores: readonly DvcStore[],
  context: SourceContext,
): Promise<DataFile> {
  const path = await context.scratch.place(name);
  const tried: string[] = [];
  for (const store of stores) {
    const found = await store.get(dvcObjectPath(object), path);
    tried.push(`${store.name}${found.kind === 'missing' ? '' : ` (${found.why})`}`);
    if (found.kind !== 'found') continue;
    if (found.path !== path) await placeFile(found.path, path);
    const { size } = await stat(path);
    if (size > context.bounds.bytes)
      throw new DataEngineError(
        'unreadable',
        `${name}: more than the ${context.bounds.bytes} bytes that may be fetched`,
      );
    const md5 = await md5Of(path);
    if (md5 !== object.md5) {
      const hint = object.legacy ? ': written by DVC 2, which read line ends as one; add the data anew with DVC 3' : '';
      throw new DataEngineError('unreadable', `${name}: expected md5 ${object.md5}, ${store.name} gave ${md5}${hint}`);
    }
    return { name, path, bytes: size, pin: { source: pinned, kind: 'md5', value: object.md5 } };
  }
  const where = tried.length === 0 ? 'no cache and no remote is configured' : `not in ${tried.join(', nor in ')}`;
  throw new DataEngineError(
    'unreadable',
    `${name} (md5 ${object.md5}) is tracked by DVC: ${where}: run dvc pull, or dvc push where it was made`,
  );
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

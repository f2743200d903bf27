import { mkdir, readFile, stat } from 'node:fs/promises';
import { join, matchesGlob, normalize, resolve } from 'node:path';
import { extractTar } from '../../adapters/archives/extract.ts';
import type { ConvertOptions } from '../../adapters/data-sources/convert.ts';
import { dataSources } from '../../adapters/data-sources/sources.ts';
import { localFiles } from '../../adapters/duckdb/files.ts';
import { MAX_PROFILE } from '../../core/data/profile/profile.ts';
import { parseProfile } from '../../core/data/profile/profile-text.ts';
import type { TreeListing } from '../../core/fingerprint/manifest.ts';
import type { StoredProfile } from '../../flows/check-data/base-profile.ts';
import { DataEngineError, type DataFiles } from '../../flows/check-data/ports.ts';
import { refuseAway } from '../runtime/confined-files.ts';
import { withElsewhere } from '../runtime/elsewhere.ts';
import { ActionError } from '../runtime/error.ts';
import { commitInCheckout, type GitObjects } from '../runtime/git-objects.ts';
import type { Job } from '../runtime/job.ts';
import { filesBelow, packFiles } from '../runtime/tree-files.ts';
import type { Surroundings } from './check-data.ts';
import type { Inputs } from './interface.ts';

const MAX_BYTES = 4 * 2 ** 30;
/** No name of a file in a checkout. */
const BASE = 'data of the base:';

type Closing = DataFiles & { close(): Promise<void> };

export interface Base {
  /** Of the data, and of what it is compared with. */
  readonly files: Closing;
  /** As `files` knows it; null where there is no data to compare with. */
  readonly reference: string | null;
  readonly profile: StoredProfile | null;
}

/** What the data is compared with. @throws ActionError where it was asked for and can't be had */
export async function openBase(inputs: Inputs, job: Job, surroundings: Surroundings): Promise<Base> {
  const { workspace, limits } = surroundings;
  const conversion = { ...surroundings.conversion, limits };
  const files = openData(inputs, job, workspace, conversion);
  const none = { files, reference: null, profile: null };
  if (inputs.base !== '') return { ...none, reference: inputs.base };
  if (inputs.baseProfile !== '') return { ...none, profile: await readProfile(inputs.baseProfile, workspace) };
  if (inputs.baseRef === '') return none;
  const directory = await job.directory('base');
  const taken = await takeBase(inputs, surroundings.objects, directory);
  if (typeof taken === 'string') {
    // The head is checked all the same: the comparison alone stays open.
    const reference = `${inputs.baseRef}:${inputs.path}`;
    const list = () => Promise.reject(new DataEngineError('unreadable', taken));
    const nowhere = { reference, files: { ...files, list, close: async () => undefined }, path: '' };
    return { ...none, files: withElsewhere(files, [nowhere]), reference };
  }
  if (!taken) {
    job.log.notice(`${inputs.baseRef} has no data at ${inputs.path}: there is nothing to compare with`);
    return none;
  }
  const base = localFiles({ directory: join(directory, 'files'), conversion });
  const elsewhere = { reference: BASE, files: base, path: normalize(inputs.path) };
  return { ...none, files: withElsewhere(files, [elsewhere]), reference: BASE };
}

/**
 * The data, wherever the step says that it is. What lies in the checkout may be a pull request's: it stays there, and
 * leads elsewhere only to where the step itself reads.
 */
function openData(inputs: Inputs, job: Job, workspace: string, conversion: ConvertOptions): Closing {
  const named = [inputs.path, inputs.base, ...inputs.overlap, ...inputs.with.map(({ data }) => data)];
  return dataSources({
    directory: workspace,
    trust: { kind: 'pull_request', prefixes: named.flatMap(prefixOf) },
    variables: job.environment,
    allowPrivate: job.environment['TRAINYARD_ALLOW_PRIVATE_ADDRESSES'] === '1',
    conversion,
  });
}

/** The folder of an address, before its first wildcard. */
function prefixOf(reference: string): readonly string[] {
  const [fixed = ''] = reference.split(/[?*[{]/);
  return /^[a-z0-9+]+:\/\/[^/]+\//.test(fixed) ? [fixed.slice(0, fixed.lastIndexOf('/') + 1)] : [];
}

/** Puts the data of another commit into `files` below the directory. @returns whether it has any; in words why it can't be had */
async function takeBase({ path, baseRef }: Inputs, objects: GitObjects, directory: string): Promise<boolean | string> {
  const commit = await commitInCheckout('base-ref', baseRef, objects);
  const found = pathsAt(await objects.tree(commit), normalize(path));
  const files = join(directory, 'files');
  await mkdir(files);
  if (found.paths.length === 0) return false;
  const archive = join(directory, 'base.tar');
  try {
    await packFiles(objects, filesBelow(found.tree, found.paths), archive, { maxBytes: MAX_BYTES });
  } catch (error) {
    if (!(error instanceof ActionError)) throw error;
    return `the data of base-ref ${baseRef}: ${error.message}; compare with a second checkout (base) or a stored profile (base-profile) instead`;
  }
  await extractTar(archive, files, { maxBytes: MAX_BYTES });
  return true;
}

/** The file or folder at the path, or the files that it matches as a glob. */
function pathsAt(tree: TreeListing, path: string): { readonly tree: TreeListing; readonly paths: readonly string[] } {
  const plain = path.replace(/\/$/, '');
  const exact = tree.entries.filter((entry) => entry.path === plain);
  const found =
    exact.length > 0 ? exact : tree.entries.filter((one) => one.type === 'blob' && matchesGlob(one.path, plain));
  return { tree, paths: found.map((entry) => entry.path) };
}

async function readProfile(path: string, workspace: string): Promise<StoredProfile> {
  const full = resolve(workspace, path);
  try {
    await refuseAway(full, workspace);
    const { size } = await stat(full);
    if (size > MAX_PROFILE) throw new Error(`it has ${size} bytes, expected at most ${MAX_PROFILE}`);
    return { name: path, profile: parseProfile(await readFile(full, 'utf8')) };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ActionError('input_invalid', `base-profile ${path} can’t be used: ${why.slice(0, 500)}`, { cause });
  }
}

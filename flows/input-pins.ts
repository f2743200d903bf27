import { isInside, pathFrom } from '../core/config/paths.ts';
import { datasetLocation } from '../core/data/sources/dataset-location.ts';
import { type DvcOutput, parseDvcFile, parseDvcLock } from '../core/data/sources/dvc.ts';
import { MAX_POINTER, parsePointer } from '../core/data/sources/lfs.ts';
import { datasetEntries, isDvcPointer, trackedBy } from '../core/fingerprint/dataset.ts';
import type { DatasetPlace, SourceManifest, TreeEntry, TreeListing } from '../core/fingerprint/manifest.ts';
import { entriesOf } from '../core/records.ts';
import type { FilePin, FolderPin, InputPins } from '../core/training/input-pins.ts';
import type { TrainOrder } from '../core/training/request.ts';
import { MAX_YAML_WEIGHT, yamlTooHeavy } from '../core/yaml-weight.ts';
import { FlowError } from './error.ts';
import type { SourceHost } from './ports.ts';

/** In bytes, of a file that says where others lie. */
const MAX_TEXT = 32 * 2 ** 20;
/** Of one file of DVC, in what `yamlWeight` counts: some 2,000 outputs of a `dvc.lock`. */
const MAX_DVC_WEIGHT = 2 * MAX_YAML_WEIGHT;
/** How `.gitattributes` says that git has pointers alone. */
const LFS_FILTER = /\bfilter=lfs\b/;

export interface DeclaredInputs {
  readonly order: Pick<TrainOrder, 'commit' | 'inputs' | 'data'>;
  readonly attributes: SourceManifest['attributes'];
}

type Source = Pick<SourceHost, 'tree' | 'file'>;

interface Pinning {
  readonly tree: TreeListing;
  readonly text: (path: string) => Promise<string>;
  readonly files: Map<string, FilePin>;
  readonly folders: Map<string, FolderPin>;
}

/**
 * What pins each declared input of a run, read from its commit alone: code, lock file and data, whether git has them or
 * says what they are.
 *
 * @throws FlowError `not_possible` for what is not there, a link, a submodule, or data that nothing pins file by file
 */
export async function inputPins(source: Source, { order, attributes }: DeclaredInputs): Promise<InputPins> {
  const { commit, inputs, data } = order;
  const tree = await source.tree(commit);
  if (tree.truncated) throw refused(`the tree of ${commit} is too large to be read as a whole`);
  const text = async (path: string): Promise<string> => {
    const bytes = await source.file(commit, path, MAX_TEXT);
    if (bytes === null) throw refused(`expected ${path} in ${commit}, found nothing there`);
    return new TextDecoder().decode(bytes);
  };
  const pinning: Pinning = { tree, text, files: new Map(), folders: new Map() };
  const datasets = entriesOf(data);
  const code = inputs.filter((path) => !datasets.some(([, place]) => place.path === path));
  const known = new Set(tree.entries.map(({ path }) => path));
  const missing = code.filter((path) => !known.has(path));
  if (missing.length > 0) throw refused(`expected ${missing.join(', ')} in ${commit}, found nothing there`);
  for (const entry of below(tree, code)) pinning.files.set(entry.path, gitPin(entry, commit));
  for (const [name, place] of datasets) await pinDataset(pinning, name, place);
  const texts = await Promise.all(attributes.map(({ path }) => text(path)));
  if (texts.some((lines) => LFS_FILTER.test(lines))) await followLfs(source, pinning);
  return pinning;
}

/** Whether git itself has all of it: what it has not, a job has to fetch. */
export function isInGit({ files, folders }: InputPins): boolean {
  return folders.size === 0 && [...files.values()].every(({ kind }) => kind === 'git');
}

const below = ({ entries }: TreeListing, paths: readonly string[]): readonly TreeEntry[] =>
  entries.filter(({ type, path }) => type !== 'tree' && paths.some((above) => isInside(path, above)));

async function pinDataset(pinning: Pinning, name: string, { path, at }: DatasetPlace): Promise<void> {
  const { tree, files, folders } = pinning;
  const held = datasetEntries(path, tree);
  if (at !== undefined) {
    if (held.kind === 'there')
      throw refused(
        `the config says that ${path} lies at ${at.location}, and the commit has it, too: remove one of them`,
      );
    if (at.sha256 === null)
      throw refused(
        `on a compute engine the dataset ${name} at ${at.location} needs its sha256 in the config; its check shows it`,
      );
    const isFolder = datasetLocation(at.location).kind === 'objects' && at.location.endsWith('/');
    if (isFolder) folders.set(path, { kind: 'sha256', digest: at.sha256 });
    else files.set(path, { kind: 'sha256', digest: at.sha256, size: null });
    return;
  }
  if (held.kind === 'missing') throw refused(`expected the dataset ${name} at ${path} in ${tree.commit}, found none`);
  if (held.kind === 'tracked') return pinTracked(pinning, path, held.entries);
  for (const entry of below(
    tree,
    held.entries.map((one) => one.path),
  )) {
    if (isDvcPointer(entry.path)) await pinTracked(pinning, trackedBy(entry.path), [entry]);
    else files.set(entry.path, gitPin(entry, tree.commit));
  }
}

/** By the pointers that decide the dataset's content, and no others, as the job that fetches it reads them. */
async function pinTracked(pinning: Pinning, path: string, pointers: readonly TreeEntry[]): Promise<void> {
  const { text, files, folders } = pinning;
  const tracked = new Map<string, DvcOutput>();
  // Others wait while it is parsed.
  const light = async (file: string): Promise<string> => {
    const yaml = await text(file);
    const heavy = yamlTooHeavy(yaml, MAX_DVC_WEIGHT);
    if (heavy !== null) throw refused(`${file}: ${heavy}`);
    return yaml;
  };
  for (const { path: pointer } of pointers) {
    const outputs = isDvcPointer(pointer) ? parseDvcFile(await light(pointer)) : parseDvcLock(await light(pointer));
    if (outputs === null) throw refused(`${pointer} can’t be read as a file of DVC`);
    for (const output of outputs) {
      // Paths of a pointer are relative to its folder; one that leads out of the repository is none of its data.
      const place = pathFrom(pointer.split('/').slice(0, -1).join('/'), output.path);
      if (place !== null) tracked.set(place, output);
    }
  }
  const output = tracked.get(path);
  if (output !== undefined) {
    if (output.directory) folders.set(path, { kind: 'md5', digest: output.md5 });
    else files.set(path, { kind: 'md5', digest: output.md5 });
    return;
  }
  const whole = [...tracked.keys()].find((above) => isInside(path, above));
  if (whole === undefined) throw refused(`expected DVC to track ${path}, found nothing of it in ${named(pointers)}`);
  throw refused(
    `DVC tracks ${whole} as one, so that nothing pins ${path} by itself: on a compute engine name ${whole} as the dataset’s path`,
  );
}

/** Of small files, those that are pointers: what lies at their paths when training finds them is what they name. */
async function followLfs(source: Source, { tree, files }: Pinning): Promise<void> {
  for (const [path, pin] of files) {
    if (pin.kind !== 'git' || pin.size >= MAX_POINTER) continue;
    const bytes = await source.file(tree.commit, path, MAX_POINTER);
    const pointer = bytes === null ? null : parsePointer(bytes);
    if (pointer !== null) files.set(path, { kind: 'sha256', digest: pointer.oid, size: pointer.size });
  }
}

function gitPin({ path, type, mode, size, id }: TreeEntry, commit: string): FilePin {
  if (type === 'blob' && (mode === '100644' || mode === '100755') && size !== undefined)
    return { kind: 'git', id, size, executable: mode === '100755' };
  throw refused(`expected a file at ${path} in ${commit}, found ${mode === '120000' ? 'a link' : 'a submodule'}`);
}

const named = (pointers: readonly TreeEntry[]): string => pointers.map(({ path }) => path).join(', ');

function refused(message: string): FlowError {
  return new FlowError('not_possible', message);
}

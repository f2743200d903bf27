import { z } from 'zod';
import { DataPin } from '../../core/data/report/data-report.ts';
import { DatasetName, GitId, RepoPath } from '../../core/names.ts';

/** Files of the artifact that `fetch-data` hands to `validate`. */
export const SOURCES_FILE = 'sources.json';
/** One of our tar archives (core/packaging/tar.ts): the data's files at their paths in the repository. */
export const DATA_FILE = 'data.tar';
export const BASE_DATA_FILE = 'base-data.tar';
/** Other datasets, each below a folder of its name. */
export const OTHERS_FILE = 'others.tar';
/** A stored profile in place of the base's data. */
export const BASE_PROFILE_FILE = 'base-profile.json';
export const HEAD_CONTRACT_FILE = 'head-contract.yaml';
export const BASE_CONTRACT_FILE = 'base-contract.yaml';

/** Bytes of a dataset, all its files together. */
export const MAX_DATA = 4 * 2 ** 30;
/** Of the archive: a header and padding for each of its files. */
export const MAX_ARCHIVE = MAX_DATA + 2 ** 26;
export const MAX_CONTRACT = 1 << 20;
/** Of `sources.json`: pins of many files. */
export const MAX_SOURCES = 8 * 2 ** 20;

/** What fixes the content of what was fetched. */
const Pins = z.array(DataPin).max(10_000).default([]);

/** What was found where the order points: a file or folder, or why there is none. */
export const SourceFile = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('blob'), id: GitId, size: z.int().min(0), pins: Pins }),
  /** A folder of files; `size` is theirs together. */
  z.strictObject({ kind: z.literal('tree'), id: GitId, size: z.int().min(0), pins: Pins }),
  /** What a pattern matches, what DVC tracks, or what lies at a location; `id` is SHA-256 of what names it. */
  z.strictObject({ kind: z.literal('files'), id: GitId, size: z.int().min(0), pins: Pins }),
  /** A profile stands for it. */
  z.strictObject({ kind: z.literal('profile'), id: GitId }),
  /** The commit has nothing at that path. */
  z.strictObject({ kind: z.literal('missing') }),
  /** There is something that can't be checked: a link, a submodule, what can't be fetched, too many bytes. */
  z.strictObject({ kind: z.literal('unusable'), message: z.string().max(1000) }),
]);
export type SourceFile = z.infer<typeof SourceFile>;

export const Sources = z.strictObject({
  data: SourceFile,
  /** Null when the order names no data of the base: the dataset is new. */
  baseData: SourceFile.nullable(),
  headContract: SourceFile,
  /** Null when the order names no base form: the contract is new. */
  baseContract: SourceFile.nullable(),
  /** Datasets that either form of the contract speaks of, as far as the config has them. */
  others: z.array(z.strictObject({ name: DatasetName, path: RepoPath, source: SourceFile })).max(100),
});
export type Sources = z.infer<typeof Sources>;

/** Whether there are bytes of it in the artifact. */
export function isThere(source: SourceFile | null): source is Extract<SourceFile, { kind: 'blob' | 'tree' | 'files' }> {
  return source?.kind === 'blob' || source?.kind === 'tree' || source?.kind === 'files';
}

import { z } from 'zod';
import { DatasetName, GitId, ModelName, RepoPath, Sha256 } from '../names.ts';

/** One entry of a git tree listing (`git ls-tree -r -t`, or GitHub's recursive tree). */
export interface TreeEntry {
  readonly path: string;
  /** `100644`, `100755`, `120000` (link), `040000` (tree), `160000` (submodule). */
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly id: string;
  /** Bytes; absent for trees and submodules. */
  readonly size?: number;
}

export interface TreeListing {
  readonly commit: GitId;
  readonly entries: readonly TreeEntry[];
  /** GitHub cut the listing (over 100,000 entries or 7 MB): nothing may be decided from it. */
  readonly truncated: boolean;
}

/** One declared input, by the id that git gives its content. A folder is its tree id. */
export const SourceInput = z.strictObject({
  path: RepoPath,
  mode: z.enum(['100644', '100755', '040000']),
  id: GitId,
});
export type SourceInput = z.infer<typeof SourceInput>;

/** Where a dataset outside of the repository lies, and what pins it there; null where the config states no such pin. */
export const SourceLocation = z.strictObject({
  location: z.string().min(1).max(500),
  /** The store's id of one version of the object, a table's version or the id of its snapshot. */
  version: z.string().min(1).max(1024).nullable(),
  sha256: Sha256.nullable(),
});
export type SourceLocation = z.infer<typeof SourceLocation>;

/** A dataset as an order names it: at its path in the commit, or at a location, from which it comes to that path. */
export const DatasetPlace = z.strictObject({ path: RepoPath, at: SourceLocation.optional() });
export type DatasetPlace = z.infer<typeof DatasetPlace>;

/** What a stage of `dvc.yaml` leaves, by its paths in the working directory. */
export const StageOutputs = z.strictObject({
  outs: z.array(RepoPath),
  metrics: z.array(RepoPath),
  plots: z.array(RepoPath),
});
export type StageOutputs = z.infer<typeof StageOutputs>;

/**
 * What a git tree alone says about the result of a training run (DESIGN section 3). `source`, the first half of the
 * fingerprint, is SHA-256 over this in RFC 8785 form. Lists are sorted by path and free of duplicates.
 */
export const SourceManifest = z.strictObject({
  version: z.literal(1),
  model: ModelName,
  command: z.string(),
  setup: RepoPath.nullable(),
  /** Absent where no stage of dvc.yaml trains. */
  stage: StageOutputs.optional(),
  /** Which path training gets under each dataset's name: part of the command, since it arrives in its environment. */
  data: z.record(DatasetName, RepoPath),
  /** Of datasets outside of the repository; absent where there are none. */
  locations: z.record(DatasetName, SourceLocation).optional(),
  inputs: z.array(SourceInput),
  /** Every `.gitattributes` that touches an input. */
  attributes: z.array(z.strictObject({ path: z.string(), id: GitId })),
});
export type SourceManifest = z.infer<typeof SourceManifest>;

/** Both halves of a fingerprint, as SHA-256 in hex. */
export const Fingerprint = z.strictObject({ source: Sha256, request: Sha256 });
export type Fingerprint = z.infer<typeof Fingerprint>;

import type { LfsFile } from '../../adapters/data-sources/remote.ts';
import type { DataPin } from '../../core/data/report/data-report.ts';
import type { DatasetPlace, TreeListing } from '../../core/fingerprint/manifest.ts';
import type { GitId } from '../../core/names.ts';
import type { GitObjects } from './git-objects.ts';
import type { FetchedFile, TreeFile } from './tree-files.ts';

export interface CommitFiles {
  readonly objects: GitObjects;
  readonly tree: TreeListing;
}

/** A dataset as a commit has it, before anything is fetched. */
export interface FoundDataset {
  readonly place: DatasetPlace;
  readonly commit: CommitFiles;
  /** How the tree holds it: one file, one folder, or several of either, pointers among them. */
  readonly kind: 'blob' | 'tree' | 'files';
  /** Of what the tree holds, pointers as they are; of a location, SHA-256 of what the config says. */
  readonly id: GitId;
  /** With their content in git. */
  readonly plain: readonly TreeFile[];
  readonly lfs: readonly LfsFile[];
  /** Paths that DVC tracks. */
  readonly dvc: readonly string[];
}

export interface ReadDataset {
  readonly files: readonly (TreeFile | FetchedFile)[];
  readonly pins: readonly DataPin[];
}

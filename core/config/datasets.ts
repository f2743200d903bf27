import { z } from 'zod';
import { RepoPath, Sha256 } from '../names.ts';

export const TrainingDataset = z.strictObject({
  /** A file, a folder or a pattern (glob.ts). */
  path: RepoPath,
  /**
   * Where data too large for the repository lies; must be under a prefix of the base's `policy.locations`. Or a table
   * (core/data/sources/dataset-location.ts).
   */
  location: z.string().min(1).max(500).optional(),
  /** SHA-256 of what lies there: of the file, of a folder's list (core/data/sources/folder-digest.ts), or of what a table is written as. */
  sha256: Sha256.optional(),
  /** What is read: the store's id of an object's version, a table's version or the id of its snapshot. */
  version: z
    .union([
      z
        .string()
        .regex(
          /^[\w.~-]{1,1024}$/,
          'the id of a version as the store gives it, the version of a table, or the id of a snapshot in quotes',
        ),
      // A small number needs no quotes. Larger ones, as ids of snapshots are, would lose digits.
      z.int('the id of a snapshot in quotes').min(0).transform(String),
    ])
    .optional(),
  /** Made by `trainyard data profile`: stands for the base's data where that is not in git. */
  profile: RepoPath.optional(),
  contract: RepoPath.optional(),
  owner: z
    .string()
    .regex(/^@[A-Za-z0-9][A-Za-z0-9-]*(\/[A-Za-z0-9][A-Za-z0-9-_.]*)?$/, '@user or @org/team')
    .optional(),
});
export type TrainingDataset = z.infer<typeof TrainingDataset>;

/** Holdout data: the process that loads the model gets every column but `labels`; `id` joins its predictions back. */
export const HoldoutDataset = z.strictObject({
  path: RepoPath,
  labels: z.array(z.string().min(1).max(128)).min(1),
  id: z.string().min(1).max(128),
});
export type HoldoutDataset = z.infer<typeof HoldoutDataset>;

import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { openTable } from '../database.ts';

/** What a pull request has beyond its issue row (`issueId`; same number). */
export const Pull = z.object({
  id: z.number(),
  issueId: z.number(),
  repositoryId: z.number(),
  number: z.number(),
  draft: z.boolean(),
  /** The repository that holds the head branch: the same one, or a fork. */
  headRepositoryId: z.number(),
  headRef: z.string(),
  headSha: z.string(),
  baseRef: z.string(),
  /** The base branch's commit when the pull request was opened or its head last moved. */
  baseSha: z.string(),
  /** Whether head merges into base without conflict; `refs/pull/N/merge` then holds `mergeSha`. */
  mergeable: z.boolean(),
  mergeSha: z.string().nullable(),
  mergedAt: z.string().nullable(),
  mergedById: z.number().nullable(),
  maintainerCanModify: z.boolean(),
  /** Size of the change, measured when head or base moved. */
  commits: z.number(),
  additions: z.number(),
  deletions: z.number(),
  changedFiles: z.number(),
});
export type Pull = z.infer<typeof Pull>;

export const openPulls = (db: DatabaseSync) =>
  openTable(db, 'pulls', Pull, {
    firstId: 50_001,
    unique: [['repositoryId', 'number'], ['issueId']],
    indexes: [['headRepositoryId', 'headRef']],
  });

import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { openTable } from '../database.ts';

/** A person's (or App's) review of a pull request. A later one of the same person does not change an earlier one. */
export const Review = z.object({
  id: z.number(),
  pullId: z.number(),
  authorId: z.number(),
  body: z.string(),
  /** `PENDING` is a draft that its author alone sees. */
  state: z.enum(['APPROVED', 'CHANGES_REQUESTED', 'COMMENTED', 'DISMISSED', 'PENDING']),
  /** The commit that was looked at; it stays when the head moves. */
  commitId: z.string(),
  submittedAt: z.string().nullable(),
});
export type Review = z.infer<typeof Review>;

export const openReviews = (db: DatabaseSync) =>
  openTable(db, 'reviews', Review, { firstId: 60_001, indexes: [['pullId']] });

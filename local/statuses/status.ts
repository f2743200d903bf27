import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { openTable } from '../database.ts';

export const CommitStatus = z.object({
  id: z.number(),
  repositoryId: z.number(),
  sha: z.string(),
  state: z.enum(['error', 'failure', 'pending', 'success']),
  context: z.string(),
  description: z.string().nullable(),
  targetUrl: z.string().nullable(),
  creatorId: z.number(),
  createdAt: z.string(),
});
export type CommitStatus = z.infer<typeof CommitStatus>;

export const openStatuses = (db: DatabaseSync) =>
  openTable(db, 'statuses', CommitStatus, { firstId: 90_001, indexes: [['repositoryId', 'sha']] });

/** The newest status of each context. */
export function latestStatuses(statuses: readonly CommitStatus[]): CommitStatus[] {
  return [...new Map(statuses.map((status) => [status.context, status])).values()];
}

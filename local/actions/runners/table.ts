import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { openTable } from '../../database.ts';

/** A just-in-time runner: registered for one job, and off the list when that has ended. */
const Runner = z.object({
  id: z.number(),
  repositoryId: z.number(),
  name: z.string(),
  groupId: z.number(),
  labels: z.array(z.string()),
  /** SHA-256 of the secret in its config, in hex: the state file holds no usable one. */
  hash: z.string(),
});
export type Runner = z.infer<typeof Runner>;

export const openRunners = (db: DatabaseSync) =>
  openTable(db, 'runners', Runner, { firstId: 501, unique: [['repositoryId', 'name'], ['hash']] });
export type Runners = ReturnType<typeof openRunners>;

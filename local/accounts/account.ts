import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { openTable } from '../database.ts';

/** A user, an organization, or the bot user of an App (`slug[bot]`). */
export const Account = z.object({
  id: z.number(),
  login: z.string(),
  type: z.enum(['User', 'Organization', 'Bot']),
  name: z.string().nullable(),
  createdAt: z.string(),
});
export type Account = z.infer<typeof Account>;

const TeamMember = z.object({
  id: z.number(),
  organizationId: z.number(),
  slug: z.string(),
  accountId: z.number(),
  /** Who was invited and has not accepted is `pending`: no member yet. */
  state: z.enum(['active', 'pending']),
});

export const openAccounts = (db: DatabaseSync) =>
  openTable(db, 'accounts', Account, { firstId: 1_001, caseless: ['login'], unique: [['login']] });

export const openTeamMembers = (db: DatabaseSync) =>
  openTable(db, 'team_members', TeamMember, {
    firstId: 2_001,
    caseless: ['slug'],
    unique: [['organizationId', 'slug', 'accountId']],
  });

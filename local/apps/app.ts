import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { openTable } from '../database.ts';

export const Level = z.enum(['read', 'write', 'admin']);
export type Level = z.infer<typeof Level>;

/** Granted permissions by GitHub's names, for example `{ contents: 'write' }`. */
export const Permissions = z.record(z.string(), Level);
export type Permissions = z.infer<typeof Permissions>;

export const App = z.object({
  id: z.number(),
  slug: z.string(),
  name: z.string(),
  clientId: z.string(),
  ownerId: z.number(),
  /** The account that appears as author of what the App does. */
  botId: z.number(),
  webhookUrl: z.string().nullable(),
  webhookSecret: z.string(),
  publicKeyPem: z.string(),
  permissions: Permissions,
  events: z.array(z.string()),
  createdAt: z.string(),
});
export type App = z.infer<typeof App>;

export const Installation = z.object({
  id: z.number(),
  appId: z.number(),
  accountId: z.number(),
  /** `null`: all repositories of the account. */
  repositoryIds: z.array(z.number()).nullable(),
  createdAt: z.string(),
});
export type Installation = z.infer<typeof Installation>;

export const openApps = (db: DatabaseSync) => openTable(db, 'apps', App, { firstId: 3_001, unique: [['slug']] });

export const openInstallations = (db: DatabaseSync) =>
  openTable(db, 'installations', Installation, { firstId: 4_001, unique: [['appId', 'accountId']] });

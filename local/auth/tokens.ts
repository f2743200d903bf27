import { createHash, randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { Permissions } from '../apps/app.ts';
import { openTable } from '../database.ts';
import type { Tables } from '../tables.ts';
import type { Actor } from './actor.ts';

const Token = z.object({
  id: z.number(),
  /** SHA-256 of the token in hex: the state file holds no usable token. */
  hash: z.string(),
  kind: z.enum(['user', 'installation', 'job']),
  accountId: z.number().nullable(),
  installationId: z.number().nullable(),
  permissions: Permissions.nullable(),
  /** The repositories that an installation or job token reaches; `null`: all of the installation's. */
  repositoryIds: z.array(z.number()).nullable(),
  runId: z.number().nullable(),
  jobId: z.number().nullable(),
  /** Milliseconds since 1970; `null`: never. */
  expiresAt: z.number().nullable(),
});
export type Token = z.infer<typeof Token>;

export const openTokens = (db: DatabaseSync) => openTable(db, 'tokens', Token, { firstId: 11_001, unique: [['hash']] });

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

const NOTHING = {
  accountId: null,
  installationId: null,
  permissions: null,
  repositoryIds: null,
  runId: null,
  jobId: null,
  expiresAt: null,
};

/** Issues a personal token of the user `accountId`. */
export function createUserToken(tables: Tables, accountId: number): string {
  const secret = `ghp_${randomBytes(27).toString('base64url')}`;
  tables.tokens.insert({ ...NOTHING, hash: hashOf(secret), kind: 'user', accountId });
  return secret;
}

/** Issues an installation token, as long and as opaque as GitHub's are now (about 520 characters). */
export function createInstallationToken(
  tables: Tables,
  grant: { installationId: number; permissions: Permissions; repositoryIds: number[] | null; expiresAt: Date },
): string {
  const secret = `ghs_${randomBytes(387).toString('base64url')}`;
  tables.tokens.insert({
    ...NOTHING,
    ...grant,
    hash: hashOf(secret),
    kind: 'installation',
    expiresAt: grant.expiresAt.getTime(),
  });
  return secret;
}

/** Issues the `GITHUB_TOKEN` of a job: this repository, these permissions, until `expiresAt` or `revokeJobToken`. */
export function createJobToken(
  tables: Tables,
  grant: { repositoryId: number; permissions: Permissions; runId: number; jobId: number; expiresAt: Date },
): string {
  const secret = `ghs_${randomBytes(387).toString('base64url')}`;
  tables.tokens.insert({
    ...NOTHING,
    hash: hashOf(secret),
    kind: 'job',
    permissions: grant.permissions,
    repositoryIds: [grant.repositoryId],
    runId: grant.runId,
    jobId: grant.jobId,
    expiresAt: grant.expiresAt.getTime(),
  });
  return secret;
}

/** Ends a job's token, as GitHub does when the job ends. */
export function revokeJobToken(tables: Tables, jobId: number): void {
  for (const token of tables.tokens.list({ kind: 'job', jobId })) tables.tokens.delete(token.id);
}

function installationActor(tables: Tables, token: Token): Actor | undefined {
  const installation = tables.installations.get(token.installationId ?? 0);
  const app = installation && tables.apps.get(installation.appId);
  if (installation === undefined || app === undefined) return undefined;
  return {
    kind: 'installation',
    app,
    installation,
    permissions: token.permissions ?? {},
    repositoryIds: token.repositoryIds,
  };
}

function jobActor(tables: Tables, token: Token): Actor | undefined {
  const app = tables.apps.find({ slug: 'github-actions' });
  const repositoryId = token.repositoryIds?.[0];
  if (app === undefined || repositoryId === undefined || token.runId === null || token.jobId === null) return undefined;
  return {
    kind: 'job',
    app,
    permissions: token.permissions ?? {},
    repositoryId,
    runId: token.runId,
    jobId: token.jobId,
  };
}

/** The actor that `secret` stands for at `now`; `undefined` for an unknown or expired token. */
export function actorOfToken(tables: Tables, secret: string, now: Date): Actor | undefined {
  const token = tables.tokens.find({ hash: hashOf(secret) });
  if (token === undefined || (token.expiresAt !== null && token.expiresAt <= now.getTime())) return undefined;
  switch (token.kind) {
    case 'user': {
      const user = tables.accounts.get(token.accountId ?? 0);
      return user && { kind: 'user', user };
    }
    case 'installation':
      return installationActor(tables, token);
    case 'job':
      return jobActor(tables, token);
  }
}

import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { openTable } from '../database.ts';

export const Repository = z.object({
  id: z.number(),
  ownerId: z.number(),
  /** The owner's login. */
  owner: z.string(),
  name: z.string(),
  private: z.boolean(),
  defaultBranch: z.string(),
  description: z.string().nullable(),
  /** The repository that this one was forked from. */
  parentId: z.number().nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
  pushedAt: z.string(),
});
export type Repository = z.infer<typeof Repository>;

export const Role = z.enum(['read', 'triage', 'write', 'maintain', 'admin']);
export type Role = z.infer<typeof Role>;

const Collaborator = z.object({
  id: z.number(),
  repositoryId: z.number(),
  accountId: z.number(),
  /** For a custom role of the organization: the role that it builds on. */
  role: Role,
  /** The name of a custom role. */
  customRole: z.string().nullable(),
});

/** A branch that only the named Apps may move, or nobody if there are none. */
const ProtectedBranch = z.object({
  id: z.number(),
  repositoryId: z.number(),
  branch: z.string(),
  appIds: z.array(z.number()),
});
export type ProtectedBranch = z.infer<typeof ProtectedBranch>;

/** A deployment environment; `branches` lists the branch names that may use it (`null`: every branch). */
const Environment = z.object({
  id: z.number(),
  repositoryId: z.number(),
  name: z.string(),
  branches: z.array(z.string()).nullable(),
  createdAt: z.string(),
});
export type Environment = z.infer<typeof Environment>;

/** A secret or variable of a repository (`environmentId` null) or of one environment. */
const Setting = z.object({
  id: z.number(),
  repositoryId: z.number(),
  environmentId: z.number().nullable(),
  kind: z.enum(['secret', 'variable']),
  name: z.string(),
  value: z.string(),
});
export type Setting = z.infer<typeof Setting>;

/** One push to a branch or tag, as `GET /repos/{owner}/{repo}/activity` reports it. */
const Activity = z.object({
  id: z.number(),
  repositoryId: z.number(),
  ref: z.string(),
  before: z.string(),
  after: z.string(),
  type: z.enum(['push', 'force_push', 'branch_creation', 'branch_deletion', 'pr_merge']),
  actorId: z.number(),
  at: z.string(),
});
export type Activity = z.infer<typeof Activity>;

export const openRepositories = (db: DatabaseSync) =>
  openTable(db, 'repositories', Repository, {
    firstId: 5_001,
    caseless: ['owner', 'name'],
    unique: [['owner', 'name']],
  });

export const openCollaborators = (db: DatabaseSync) =>
  openTable(db, 'collaborators', Collaborator, { firstId: 6_001, unique: [['repositoryId', 'accountId']] });

export const openProtectedBranches = (db: DatabaseSync) =>
  openTable(db, 'protected_branches', ProtectedBranch, { firstId: 7_001, unique: [['repositoryId', 'branch']] });

export const openEnvironments = (db: DatabaseSync) =>
  openTable(db, 'environments', Environment, { firstId: 8_001, unique: [['repositoryId', 'name']] });

export const openSettings = (db: DatabaseSync) =>
  openTable(db, 'settings', Setting, {
    firstId: 9_001,
    caseless: ['name'],
    unique: [['repositoryId', 'environmentId', 'kind', 'name']],
  });

export const openActivities = (db: DatabaseSync) =>
  openTable(db, 'activities', Activity, { firstId: 10_001, indexes: [['repositoryId']] });

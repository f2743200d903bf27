import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { openTable } from '../database.ts';

export const Deployment = z.object({
  id: z.number(),
  repositoryId: z.number(),
  sha: z.string(),
  ref: z.string(),
  task: z.string(),
  environment: z.string(),
  description: z.string().nullable(),
  payload: z.union([z.string(), z.record(z.string(), z.unknown())]),
  transient: z.boolean(),
  production: z.boolean(),
  creatorId: z.number(),
  appId: z.number().nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type Deployment = z.infer<typeof Deployment>;

export const DeploymentState = z.enum(['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success']);

export const DeploymentStatus = z.object({
  id: z.number(),
  deploymentId: z.number(),
  state: DeploymentState,
  description: z.string(),
  environment: z.string(),
  targetUrl: z.string(),
  logUrl: z.string(),
  environmentUrl: z.string(),
  creatorId: z.number(),
  appId: z.number().nullable(),
  createdAt: z.string(),
});
export type DeploymentStatus = z.infer<typeof DeploymentStatus>;

export const openDeployments = (db: DatabaseSync) =>
  openTable(db, 'deployments', Deployment, { firstId: 100_001, indexes: [['repositoryId']] });

export const openDeploymentStatuses = (db: DatabaseSync) =>
  openTable(db, 'deployment_statuses', DeploymentStatus, { firstId: 110_001, indexes: [['deploymentId']] });

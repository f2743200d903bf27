import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { openTable } from '../database.ts';

export const Release = z.object({
  id: z.number(),
  repositoryId: z.number(),
  tagName: z.string(),
  targetCommitish: z.string(),
  name: z.string().nullable(),
  body: z.string().nullable(),
  draft: z.boolean(),
  prerelease: z.boolean(),
  authorId: z.number(),
  createdAt: z.string(),
  publishedAt: z.string().nullable(),
  updatedAt: z.string(),
});
export type Release = z.infer<typeof Release>;

/** A file of a release. Its bytes are in `assetFile`. */
export const Asset = z.object({
  id: z.number(),
  releaseId: z.number(),
  name: z.string(),
  label: z.string().nullable(),
  contentType: z.string(),
  size: z.number(),
  /** `sha256:` and hex. */
  digest: z.string(),
  downloads: z.number(),
  uploaderId: z.number(),
  createdAt: z.string(),
});
export type Asset = z.infer<typeof Asset>;

export const openReleases = (db: DatabaseSync) =>
  openTable(db, 'releases', Release, { firstId: 120_001, indexes: [['repositoryId', 'tagName']] });

export const openAssets = (db: DatabaseSync) =>
  openTable(db, 'assets', Asset, { firstId: 130_001, unique: [['releaseId', 'name']] });

export const assetFile = (dataDir: string, asset: Pick<Asset, 'id'>): string =>
  join(dataDir, 'assets', String(asset.id));

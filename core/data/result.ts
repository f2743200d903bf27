import { z } from 'zod';
import { WarehouseQueries } from '../config/queries.ts';
import { SourceLocation } from '../fingerprint/manifest.ts';
import { DatasetName, GitId, ModelName, RepoPath } from '../names.ts';
import { Locations } from '../training/request.ts';
import { DataFinding } from './finding.ts';
import { DataReport } from './report/data-report.ts';

/** `not_checked` is an outcome of its own and never passes. */
export const ValidationResult = z.strictObject({
  version: z.literal(1),
  dataset: DatasetName,
  commit: GitId,
  status: z.enum(['passed', 'failed', 'not_checked']),
  reason: z.string().max(1000).nullable(),
  rows: z.int().min(0).nullable(),
  /** Findings in full up to the cap; `total` counts all. */
  findings: z.array(DataFinding).max(500),
  total: z.int().min(0),
  /** What the head's contract accepts and the base's refuses, in words. Attacker-controlled text. */
  loosenings: z.array(z.string().max(300)).max(100).default([]),
  /** Git ids of data (a blob's, or a folder's tree) and contracts as checked. */
  data: GitId.nullable(),
  contracts: z.array(z.strictObject({ form: z.enum(['base', 'head']), id: GitId })).max(2),
  /** What the check shows, cut to size (`boundReport`); null where nothing could be read, and in old results. */
  report: DataReport.nullable().default(null),
});
export type ValidationResult = z.infer<typeof ValidationResult>;

/** What the validate workflow run is asked: sent as one JSON input of its dispatch. */
export const ValidationOrder = z.strictObject({
  dataset: DatasetName,
  commit: GitId,
  path: RepoPath,
  /** The contract must pass in its head form and, where the base has it, in its base form (invariant 1). */
  contract: RepoPath,
  baseCommit: GitId,
  baseContract: RepoPath.nullable(),
  /** Where the base has the data; null where it has none, and then there is nothing to compare with. */
  basePath: RepoPath.nullable().default(null),
  /** Where the data lies if not in the repository; `path` is then where training finds it. */
  at: SourceLocation.nullable().default(null),
  baseAt: SourceLocation.nullable().default(null),
  /** A stored profile of the base's data, in the base: read in its place where that is not in git. */
  baseProfile: RepoPath.nullable().default(null),
  /** Prefixes of the default branch's `policy.locations`: data is fetched from below them, and from nowhere else. */
  locations: Locations.default([]),
  /** Those of the default branch's `policy.queries` that the order's locations name: no other query is run. */
  queries: WarehouseQueries.optional(),
  /** Models that read the dataset: what a change of its columns may break. */
  readBy: z.array(ModelName).max(100).default([]),
  /** The config's other datasets, of which the contract may speak (keys to them, rows of theirs). */
  others: z
    .array(z.strictObject({ name: DatasetName, path: RepoPath, at: SourceLocation.nullable().default(null) }))
    .max(100)
    .default([]),
});
export type ValidationOrder = z.infer<typeof ValidationOrder>;

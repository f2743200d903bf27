import { z } from 'zod';
import { DatasetName, GitId, RepoPath } from '../names.ts';

/** One problem found in data or contract. `line` counts from 1 in the named file. Values are attacker-controlled text. */
export const DataFinding = z.strictObject({
  rule: z.string().max(64),
  severity: z.enum(['warn', 'fail']),
  file: RepoPath,
  line: z.int().positive().nullable(),
  column: z.string().max(256).nullable(),
  message: z.string().max(1000),
});
export type DataFinding = z.infer<typeof DataFinding>;

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
  /** Git blob ids of data and contracts as checked. */
  data: GitId.nullable(),
  contracts: z.array(z.strictObject({ form: z.enum(['base', 'head']), id: GitId })).max(2),
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
});
export type ValidationOrder = z.infer<typeof ValidationOrder>;

import { z } from 'zod';
import { Sha256 } from '../names.ts';

/** One finding of the artifact scan. Text is attacker-influenced: escape before display. */
export const ScanFinding = z.strictObject({
  rule: z.string().max(64),
  severity: z.enum(['low', 'medium', 'high', 'critical']),
  file: z.string().max(1024),
  offset: z.int().min(0).optional(),
  message: z.string().max(1000),
  fix: z.string().max(1000),
});
export type ScanFinding = z.infer<typeof ScanFinding>;

/** `clean` only if every file was recognised, scanned whole and without finding; `unscanned` is never clean. */
export const ScannedFile = z.strictObject({
  path: z.string().max(1024),
  size: z.int().min(0),
  sha256: Sha256,
  format: z.string().max(64),
  verdict: z.enum(['clean', 'finding', 'unscanned']),
});
export type ScannedFile = z.infer<typeof ScannedFile>;

export const ScanReport = z.strictObject({
  verdict: z.enum(['clean', 'finding', 'unscanned']),
  files: z.array(ScannedFile).max(10_000),
  findings: z.array(ScanFinding).max(1000),
});
export type ScanReport = z.infer<typeof ScanReport>;

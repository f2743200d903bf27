import { z } from 'zod';
import { Sha256 } from '../names.ts';

/** One finding of the artifact scan. Text is attacker-influenced: escape before display. */
export const ScanFinding = z.strictObject({
  rule: z.string().max(64),
  severity: z.enum(['low', 'medium', 'high', 'critical']),
  /** For a file inside of a container `outer!/inner`. */
  file: z.string().max(1024),
  offset: z.int().min(0).optional(),
  message: z.string().max(1000),
  /** The very thing that was found, escaped as JSON escapes it. */
  evidence: z.string().max(1000).optional(),
  fix: z.string().max(1000),
});
export type ScanFinding = z.infer<typeof ScanFinding>;

/** Why a file was not scanned, which is never clean. */
export const NotScanned = z.enum([
  'unknown_format',
  'unsupported_format',
  /** A program by design, such as TorchScript: no scan can say what it does. */
  'program',
  'encrypted',
  'too_large',
  'nested_too_deeply',
  'timed_out',
  'crashed',
  'unreadable',
]);
export type NotScanned = z.infer<typeof NotScanned>;

/** `clean` only if every file was recognised, scanned whole and without finding; `unscanned` is never clean. */
export const ScannedFile = z.strictObject({
  /** For a file inside of a container `outer!/inner`. */
  path: z.string().max(1024),
  size: z.int().min(0),
  /** Of the file on disk, also for what is inside of it. */
  sha256: Sha256,
  /** The file on disk, for what is inside of it. */
  container: z.string().max(1024).optional(),
  format: z.string().max(64),
  /** The worst of the file's own and of what is inside of it. */
  verdict: z.enum(['clean', 'finding', 'unscanned']),
  reason: NotScanned.optional(),
});
export type ScannedFile = z.infer<typeof ScannedFile>;

export const MAX_LISTED_FILES = 50_000;
export const MAX_FINDINGS = 1000;
/** As JSON. Together they stay below the 32 MiB that jobs hand to one another. */
export const MAX_LISTED_BYTES = 20 * 2 ** 20;
export const MAX_FINDING_BYTES = 4 * 2 ** 20;

/** Bytes that a value takes in a report, with room for what is added to it. */
export function jsonBytes(value: ScannedFile | ScanFinding): number {
  return Buffer.byteLength(JSON.stringify(value)) + 64;
}

export const ScanReport = z.strictObject({
  verdict: z.enum(['clean', 'finding', 'unscanned']),
  files: z.array(ScannedFile).max(MAX_LISTED_FILES),
  findings: z.array(ScanFinding).max(MAX_FINDINGS),
});
export type ScanReport = z.infer<typeof ScanReport>;

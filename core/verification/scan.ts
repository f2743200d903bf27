import { Engine, type Other, type ScanLimits } from './engine.ts';
import type { ScannableFile } from './format.ts';
import type { ScannedFile, ScanReport } from './report.ts';

/** More are refused, and none of them is scanned. */
export const MAX_FILES = 10_000;

export interface ScanOptions extends ScanLimits {
  /** What is no file, such as a link, or can't be read: listed, and never clean. */
  readonly others?: readonly Other[];
}

/**
 * Scans artifacts by content. Nothing is loaded, unpickled, imported or executed (invariant 4). The report is clean only
 * if every file, and every file inside of one, is of a known format, was read whole and gave no finding; no files at all
 * is not clean.
 */
export function scanFiles(files: readonly ScannableFile[], limits: ScanOptions = {}): ScanReport {
  if (files.length + (limits.others?.length ?? 0) > MAX_FILES) return tooManyFiles();
  const engine = new Engine(new Map(files.map((file) => [file.path, file])), limits);
  for (const file of files) engine.scan(file);
  for (const other of limits.others ?? []) engine.refuse(other);
  return { verdict: worst(engine.files), files: engine.files, findings: engine.findings };
}

function worst(files: readonly ScannedFile[]): ScanReport['verdict'] {
  if (files.some((file) => file.verdict === 'finding')) return 'finding';
  return files.length > 0 && files.every((file) => file.verdict === 'clean') ? 'clean' : 'unscanned';
}

/** The report on more files than a scan takes. */
export function tooManyFiles(): ScanReport {
  const message = `more than ${MAX_FILES} files or ten times as many folders, of which nothing was scanned`;
  const fix = 'Scan them in parts, or leave fewer files, for instance one model file instead of shards.';
  return {
    verdict: 'unscanned',
    files: [],
    findings: [{ rule: 'too-many-files', severity: 'high', file: '', message, fix }],
  };
}

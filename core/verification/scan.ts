import { Sha256 } from '../names.ts';
import {
  type FormatVerdict,
  HEAD_SIZE,
  type Note,
  readExactly,
  type ScanContext,
  ScanError,
  type ScannableFile,
  TAIL_SIZE,
} from './format.ts';
import { FORMATS } from './formats.ts';
import type { ScanFinding, ScannedFile, ScanReport } from './report.ts';

const MAX_FILES = 10_000;
const MAX_FINDINGS = 1000;
const MAX_FINDINGS_PER_FILE = 50;

/**
 * Scans artifacts by content. Nothing is loaded, unpickled, imported or executed (invariant 4). The report is clean only
 * if every file is of a known format, was read whole and gave no finding; no files at all is not clean.
 */
export function scanFiles(files: readonly ScannableFile[]): ScanReport {
  if (files.length > MAX_FILES) return tooMany(files.length);
  const context: ScanContext = { paths: new Set(files.map((file) => file.path)) };
  const scanned: ScannedFile[] = [];
  const findings: ScanFinding[] = [];
  for (const file of files) {
    const { format, verdict, notes } = scanFile(file, context);
    scanned.push({
      path: file.path.slice(0, 1024),
      size: file.size,
      sha256: Sha256.parse(file.sha256),
      format,
      verdict,
    });
    for (const note of notes.slice(0, MAX_FINDINGS_PER_FILE)) {
      if (findings.length < MAX_FINDINGS) findings.push(toFinding(file.path, note));
    }
  }
  return { verdict: worst(scanned), files: scanned, findings };
}

function scanFile(file: ScannableFile, context: ScanContext): FormatVerdict {
  try {
    const head = readExactly(file, 0, Math.min(file.size, HEAD_SIZE));
    const tailSize = Math.min(file.size, TAIL_SIZE);
    const tail = readExactly(file, file.size - tailSize, tailSize);
    const format = FORMATS.find((candidate) => candidate.detect(head, file, tail));
    if (format === undefined) return unknown();
    return scanAs(format.name, () => format.scan(file, context));
  } catch (error) {
    if (error instanceof ScanError) return malformed('unknown', error);
    throw error;
  }
}

function scanAs(name: string, scan: () => FormatVerdict): FormatVerdict {
  try {
    return scan();
  } catch (error) {
    if (error instanceof ScanError) return malformed(name, error);
    throw error;
  }
}

function malformed(format: string, error: ScanError): FormatVerdict {
  const message = `not a well-formed ${format} file: ${error.message}`;
  const fix = 'Write the file again with a current version of the exporting library.';
  const note: Note = { rule: `${format}-malformed`, severity: 'high', message, fix, offset: error.offset };
  return { format, verdict: 'finding', notes: [note] };
}

function unknown(): FormatVerdict {
  const note: Note = {
    rule: 'unknown-format',
    severity: 'medium',
    message: 'the content is of no format that can be scanned',
    fix: 'Leave ONNX, text, CSV, JSON or PNG files in the output directory, or drop the file.',
  };
  return { format: 'unknown', verdict: 'unscanned', notes: [note] };
}

function worst(files: readonly ScannedFile[]): ScanReport['verdict'] {
  if (files.some((file) => file.verdict === 'finding')) return 'finding';
  return files.length > 0 && files.every((file) => file.verdict === 'clean') ? 'clean' : 'unscanned';
}

function toFinding(path: string, note: Note): ScanFinding {
  const { rule, severity, offset } = note;
  const finding = {
    rule: rule.slice(0, 64),
    severity,
    file: path.slice(0, 1024),
    message: note.message.slice(0, 1000),
    fix: note.fix.slice(0, 1000),
  };
  return offset === undefined ? finding : { ...finding, offset };
}

function tooMany(count: number): ScanReport {
  const message = `${count} files, of which none was scanned: at most ${MAX_FILES} are`;
  const fix = 'Leave fewer files in the output directory, for instance one model file instead of shards.';
  return {
    verdict: 'finding',
    files: [],
    findings: [{ rule: 'too-many-files', severity: 'high', file: '', message, fix }],
  };
}

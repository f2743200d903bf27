import type { NotScanned, ScanFinding } from './report.ts';

/** Bytes by random access: a file, or what a container holds. Read in parts, never loaded as a whole, never executed. */
export interface Source {
  /** For a file inside of a container `outer!/inner`. Attacker-controlled text. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /**
   * Bytes from `offset`; shorter only at the end. They may lie in `into`, which holds as many, and are good as long as it is
   * not used again. @throws ScanError where what is compressed can't be read
   */
  read(offset: number, length: number, into?: Uint8Array): Uint8Array;
}

/** A file as it lies on disk. */
export interface ScannableFile extends Source {
  readonly sha256: string;
}

export type Severity = ScanFinding['severity'];

export interface Note {
  /** Of the format's `rules`. */
  readonly rule: string;
  readonly severity: Severity;
  /** What was found. */
  readonly message: string;
  readonly fix: string;
  /** Byte offset in the file. */
  readonly offset?: number;
  /** The very thing, as text that `evidenceOf` escaped. */
  readonly evidence?: string;
}

export interface FormatVerdict {
  /** The format's name for people; a scanner may refine its own, such as `csv` for text. */
  readonly format: string;
  /** Of the file's own bytes: what a container holds is judged apart, and the worst of all counts. */
  readonly verdict: 'clean' | 'finding' | 'unscanned';
  /** Findings, or for an unscanned file what it is and what to do instead. */
  readonly notes: readonly Note[];
  /** Why it was not scanned; `unsupported_format` if left out. */
  readonly reason?: NotScanned;
}

/** What is said of a rule wherever it fires. */
export interface Rule {
  readonly id: string;
  readonly title: string;
  /** What an attacker gains by it. */
  readonly why: string;
  /** Published weaknesses that it answers, such as `CVE-2025-1716`. */
  readonly cves?: readonly string[];
}

/** What a scanner may ask of the engine. */
export interface ScanContext {
  /** Scans what was found inside, by its content. The engine lists it with its verdict, which counts for the container. */
  inside(inner: Source): ScannedInside;
  /** As `inside`, for bytes whose format the container determines, whatever they look like. */
  insideAs(inner: Source, format: string, scan: (inner: Source) => FormatVerdict): ScannedInside;
  /** Call it in every loop that an attacker's bytes drive. @throws ScanError `timed_out` */
  tick(): void;
  /** Call it for every piece that was decompressed. @throws ScanError `too_large` beyond the budget of the whole scan */
  inflated(bytes: number): void;
  /** Call it before memory is taken that lasts as long as the scan of this file. @throws ScanError `too_large` beyond what all may take */
  keep(bytes: number): void;
  /** Bytes that may still be kept. */
  room(): number;
}

export interface ScannedInside {
  readonly format: string;
  readonly verdict: FormatVerdict['verdict'];
}

/** A format that is told by content, never by the name of the file. One file per format, one line in the registry. */
export interface Format {
  readonly name: string;
  /** All that its notes name; `<name>-malformed` is the engine's. */
  readonly rules: readonly Rule[];
  /** `head` holds the first 4 KiB, `tail` the last `TAIL_SIZE`. */
  detect(head: Uint8Array, file: Source, tail: Uint8Array): boolean;
  /** Reads the whole file. Throws nothing but `ScanError`. */
  scan(file: Source, context: ScanContext): FormatVerdict;
}

export type ScanErrorCode = 'malformed' | 'too_large' | 'short_read' | 'timed_out' | 'unsupported';

/** The bytes are not what the format promises, or more than a scan may take. Becomes a verdict; scanning never throws it out. */
export class ScanError extends Error {
  readonly code: ScanErrorCode;
  readonly offset: number;

  constructor(code: ScanErrorCode, message: string, offset: number) {
    // Thousands of blocks are tried as pickles that are none: where in our code that was found takes longer than finding it.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'ScanError';
    this.code = code;
    this.offset = offset;
  }
}

export const HEAD_SIZE = 4096;
/** The end of a zip archive with the longest comment: readers look for it just so far. */
export const TAIL_SIZE = 65_535 + 22;

/** All bytes of the range, or a ScanError. */
export function readExactly(file: Source, offset: number, length: number, into?: Uint8Array): Uint8Array {
  if (offset < 0 || length < 0 || offset + length > file.size) {
    throw new ScanError(
      'malformed',
      `expected ${length} bytes at ${offset}, the file has ${file.size}`,
      Math.min(Math.max(offset, 0), file.size),
    );
  }
  const bytes = file.read(offset, length, into);
  if (bytes.length !== length) throw new ScanError('short_read', 'the file changed while it was scanned', offset);
  return bytes;
}

/** A range of a source as a source of its own, at no cost. */
export function slice(file: Source, name: string, start: number, end: number): Source {
  if (start < 0 || end < start || end > file.size)
    throw new ScanError('malformed', `the range ${start} to ${end} goes past the end`, Math.min(start, file.size));
  const size = end - start;
  return {
    path: innerPath(file, name),
    size,
    read: (offset, length, into) => file.read(start + offset, Math.max(0, Math.min(length, size - offset)), into),
  };
}

export function innerPath(file: Source, name: string): string {
  return `${file.path}!/${name}`;
}

/** Foreign text as evidence: JSON's escapes, 200 characters at most. Escape it for the place where it is shown, too. */
export function evidenceOf(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 199)}…` : text);
}

/** Whether bytes begin with a signature, given as text of Latin-1 characters. */
export function startsWith(bytes: Uint8Array, signature: string, at = 0): boolean {
  if (bytes.length < at + signature.length) return false;
  for (let index = 0; index < signature.length; index += 1) {
    if (bytes[at + index] !== signature.charCodeAt(index)) return false;
  }
  return true;
}

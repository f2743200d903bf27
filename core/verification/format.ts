import type { ScanFinding } from './report.ts';

/** A file as the scanner reads it: in parts, never loaded as a whole, never executed. */
export interface ScannableFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
  /** Bytes from `offset`; shorter only at the end of the file. */
  read(offset: number, length: number): Uint8Array;
}

export type Severity = ScanFinding['severity'];

export interface Note {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly fix: string;
  /** Byte offset in the file. */
  readonly offset?: number;
}

export interface FormatVerdict {
  /** The format's name for people; a scanner may refine its own, such as `csv` for text. */
  readonly format: string;
  readonly verdict: 'clean' | 'finding' | 'unscanned';
  /** Findings, or for an unscanned file what it is and what to do instead. */
  readonly notes: readonly Note[];
}

/** What a scanner may ask of the rest of the package. */
export interface ScanContext {
  readonly paths: ReadonlySet<string>;
}

/** A format that is told by content, never by the name of the file. One file per format, one line in the registry. */
export interface Format {
  readonly name: string;
  /** `head` holds the first 4 KiB, `tail` the last 64 KiB. */
  detect(head: Uint8Array, file: ScannableFile, tail: Uint8Array): boolean;
  /** Reads the whole file. Throws nothing but `ScanError`. */
  scan(file: ScannableFile, context: ScanContext): FormatVerdict;
}

export type ScanErrorCode = 'malformed' | 'too_large' | 'short_read';

/** The bytes are not what the format promises. Becomes a finding; scanning never throws it out. */
export class ScanError extends Error {
  readonly code: ScanErrorCode;
  readonly offset: number;

  constructor(code: ScanErrorCode, message: string, offset: number) {
    super(message);
    this.name = 'ScanError';
    this.code = code;
    this.offset = offset;
  }
}

export const HEAD_SIZE = 4096;
export const TAIL_SIZE = 65_536;

/** All bytes of the range, or a ScanError. */
export function readExactly(file: ScannableFile, offset: number, length: number): Uint8Array {
  if (offset < 0 || length < 0 || offset + length > file.size) {
    throw new ScanError(
      'malformed',
      `expected ${length} bytes at ${offset}, the file has ${file.size}`,
      Math.min(offset, file.size),
    );
  }
  const bytes = file.read(offset, length);
  if (bytes.length !== length) throw new ScanError('short_read', 'the file changed while it was scanned', offset);
  return bytes;
}

/** Whether bytes begin with a signature, given as text of Latin-1 characters. */
export function startsWith(bytes: Uint8Array, signature: string, at = 0): boolean {
  if (bytes.length < at + signature.length) return false;
  for (let index = 0; index < signature.length; index += 1) {
    if (bytes[at + index] !== signature.charCodeAt(index)) return false;
  }
  return true;
}

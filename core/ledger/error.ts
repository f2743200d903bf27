import type { LedgerEntry } from './entry.ts';
import { subjectOf } from './subject.ts';

export type LedgerErrorCode =
  | 'malformed'
  | 'too_large'
  | 'unsigned'
  | 'unknown_key'
  | 'bad_signature'
  | 'wrong_kind'
  | 'wrong_repository'
  | 'chain_broken'
  | 'illegal_transition'
  | 'inconsistent'
  | 'bad_key';

/** A record of the ledger can't be trusted, or would not be lawful. Nothing may be decided from it (invariant 10). */
export class LedgerError extends Error {
  override readonly name = 'LedgerError';
  readonly code: LedgerErrorCode;

  constructor(code: LedgerErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** An entry that does not follow from those before it. */
export function inconsistent(entry: LedgerEntry, why: string): LedgerError {
  const what = 'version' in entry ? `${entry.kind} ${entry.version}` : entry.kind;
  return new LedgerError(
    'inconsistent',
    `entry ${entry.sequence} (${what} of ${subjectOf(entry)}) does not follow: ${why}`,
  );
}

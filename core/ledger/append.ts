import type { Sha256 } from '../names.ts';
import type { LedgerEntry } from './entry.ts';
import type { VerifiedEntry } from './envelope.ts';

/** An entry without its place in the chain. */
export type EntryDraft = LedgerEntry extends infer Entry
  ? Entry extends LedgerEntry
    ? Omit<Entry, 'sequence' | 'previous'>
    : never
  : never;

/** The entry that follows the ledger's last one; `null` begins a ledger. */
export function appendTo(last: Pick<VerifiedEntry, 'entry' | 'digest'> | null, draft: EntryDraft): LedgerEntry {
  const link: { sequence: number; previous: Sha256 | null } =
    last === null ? { sequence: 0, previous: null } : { sequence: last.entry.sequence + 1, previous: last.digest };
  return { ...draft, ...link };
}

import { ScanError } from '../format.ts';
import { BackwardBits } from './bits.ts';
import { constantTable, readTable, type StateTable, stateTable } from './tables.ts';

/** Tables of the block before, for those that say "as before". */
export interface SequenceTables {
  readonly literal: StateTable | null;
  readonly offset: StateTable | null;
  readonly match: StateTable | null;
}

export const NO_TABLES: SequenceTables = { literal: null, offset: null, match: null };

/** So many literals, then so many bytes from so far back. */
export type Copy = (literals: number, match: number, offset: number) => void;

interface Kind {
  readonly name: keyof SequenceTables;
  readonly maxAccuracy: number;
  readonly maxSymbol: number;
  readonly predefined: StateTable;
}

const numbers = (text: string): readonly number[] => text.split(' ').map(Number);

/** RFC 8878, section 3.1.1.3.2.2. */
const KINDS: readonly Kind[] = [
  {
    name: 'literal',
    maxAccuracy: 9,
    maxSymbol: 35,
    predefined: stateTable(numbers('4 3 2 2 2 2 2 2 2 2 2 2 2 1 1 1 2 2 2 2 2 2 2 2 2 3 2 1 1 1 1 1 -1 -1 -1 -1'), 6),
  },
  {
    name: 'offset',
    maxAccuracy: 8,
    maxSymbol: 31,
    predefined: stateTable(numbers('1 1 1 1 1 1 2 2 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 -1 -1 -1 -1 -1'), 5),
  },
  {
    name: 'match',
    maxAccuracy: 9,
    maxSymbol: 52,
    predefined: stateTable(
      numbers(
        '1 4 3 2 2 2 2 2 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 -1 -1 -1 -1 -1 -1 -1',
      ),
      6,
    ),
  },
];

/** Extra bits of the codes from the sixteenth, and of those from the thirty-second (section 3.1.1.3.2.1.1). */
const LITERAL_BITS = numbers('1 1 1 1 2 2 3 3 4 6 7 8 9 10 11 12 13 14 15 16');
const MATCH_BITS = numbers('1 1 1 1 2 2 3 3 4 4 5 7 8 9 10 11 12 13 14 15 16');
const LITERAL_LENGTHS = lengths(0, 16, LITERAL_BITS);
const MATCH_LENGTHS = lengths(3, 32, MATCH_BITS);

/** Base and extra bits by code: each code begins where the one before ends. */
function lengths(least: number, plain: number, extra: readonly number[]): readonly (readonly [number, number])[] {
  const codes: (readonly [number, number])[] = Array.from({ length: plain }, (_, code) => [least + code, 0] as const);
  let base = least + plain;
  for (const bits of extra) {
    codes.push([base, bits]);
    base += 2 ** bits;
  }
  return codes;
}

/**
 * The sequences of a block (section 3.1.1.3.2), each given to `copy`.
 *
 * @param recent the last three offsets, which are kept up to date
 * @returns the tables for the block that follows
 * @throws ScanError
 */
export function readSequences(
  section: Uint8Array,
  before: SequenceTables,
  recent: [number, number, number],
  copy: Copy,
): SequenceTables {
  const { count, size } = readCount(section);
  if (count === 0) {
    if (section.length !== size) throw new ScanError('malformed', 'bytes after the last sequence', 0);
    return before;
  }
  const modes = section[size] ?? 0;
  if ((modes & 3) !== 0) throw new ScanError('malformed', 'a reserved bit of the sequences is set', 0);
  let at = size + 1;
  const tables: Record<keyof SequenceTables, StateTable | null> = { ...before };
  for (const [index, kind] of KINDS.entries()) {
    const read = readKind(section.subarray(at), (modes >> (6 - 2 * index)) & 3, kind, before);
    tables[kind.name] = read.table;
    at += read.size;
  }
  execute(section.subarray(at), count, tables, recent, copy);
  return tables;
}

function readCount(section: Uint8Array): { readonly count: number; readonly size: number } {
  const [first = 0, second = 0, third = 0] = section;
  if (first < 128) return { count: first, size: 1 };
  if (first < 255) return { count: ((first - 128) << 8) + second, size: 2 };
  return { count: second + (third << 8) + 0x7f00, size: 3 };
}

function readKind(
  bytes: Uint8Array,
  mode: number,
  kind: Kind,
  before: SequenceTables,
): { readonly table: StateTable; readonly size: number } {
  if (mode === 0) return { table: kind.predefined, size: 0 };
  if (mode === 2) return readTable(bytes, kind.maxAccuracy, kind.maxSymbol);
  if (mode === 1) {
    const symbol = bytes[0] ?? 255;
    if (symbol > kind.maxSymbol) throw new ScanError('malformed', `a code of ${symbol}`, 0);
    return { table: constantTable(symbol), size: 1 };
  }
  const table = before[kind.name];
  if (table === null) throw new ScanError('malformed', 'sequences that ask for the codes of no block before', 0);
  return { table, size: 0 };
}

function execute(
  bytes: Uint8Array,
  count: number,
  { literal, offset, match }: SequenceTables,
  recent: [number, number, number],
  copy: Copy,
): void {
  if (literal === null || offset === null || match === null) throw new ScanError('malformed', 'no codes', 0);
  const bits = new BackwardBits(bytes);
  let [atLiteral, atOffset, atMatch] = [
    bits.read(literal.accuracy),
    bits.read(offset.accuracy),
    bits.read(match.accuracy),
  ];
  for (let left = count; left > 0; left -= 1) {
    const code = offset.symbols[atOffset] ?? 0;
    const value = 2 ** code + bits.read(code);
    const [matchBase, matchBits] = MATCH_LENGTHS[match.symbols[atMatch] ?? 0] ?? [0, 0];
    const matchLength = matchBase + bits.read(matchBits);
    const [literalBase, literalBits] = LITERAL_LENGTHS[literal.symbols[atLiteral] ?? 0] ?? [0, 0];
    const literalLength = literalBase + bits.read(literalBits);
    if (bits.left < 0) throw new ScanError('malformed', 'sequences that are cut', 0);
    copy(literalLength, matchLength, distance(value, literalLength, recent));
    if (left === 1) break;
    atLiteral = (literal.bases[atLiteral] ?? 0) + bits.read(literal.bits[atLiteral] ?? 0);
    atMatch = (match.bases[atMatch] ?? 0) + bits.read(match.bits[atMatch] ?? 0);
    atOffset = (offset.bases[atOffset] ?? 0) + bits.read(offset.bits[atOffset] ?? 0);
  }
  if (bits.left !== 0) throw new ScanError('malformed', 'sequences that end elsewhere than their bits', 0);
}

/** Values to 3 stand for recent offsets, shifted by one where no literal comes before (section 3.1.1.5). */
function distance(value: number, literals: number, recent: [number, number, number]): number {
  if (value > 3) {
    recent.unshift(value - 3);
    recent.length = 3;
    return recent[0];
  }
  const index = value - 1 + (literals === 0 ? 1 : 0);
  if (index === 0) return recent[0];
  const found = index === 3 ? recent[0] - 1 : (recent[index] ?? 0);
  if (found === 0) throw new ScanError('malformed', 'a copy of nothing', 0);
  if (index > 1) recent[2] = recent[1];
  recent[1] = recent[0];
  recent[0] = found;
  return found;
}

import { ScanError } from '../format.ts';
import { SHORTEST_ENCODED } from './alphabets.ts';
import type { Handler } from './handlers.ts';
import { ALL_KINDS, BACKSLASH, kindsOf, OTHER } from './kinds.ts';
import type { Machine } from './machine.ts';
import { mayHide, SHORTEST_RAW } from './nested.ts';
import { MAX_LINE, unquoted } from './stored.ts';
import { BYTES, DATA, FALSE, handleOf, intOf, NONE, TRUE, textAt, WORD } from './values.ts';
import { isPlain, mayHoldAny, mayHoldEncoded, SMALL } from './within.ts';
import { isMethod, isMethodAt, placeOf, wordAt } from './words.ts';

/** Longer text names nothing that is on a list. */
const MAX_TEXT = 128;
/** Bytes of content by which it is told. */
const HEAD = 256;
/** Bytes of text that are read at once. */
const PIECE = 65_536;
/** Bytes before a piece that are looked at once more: what tells that text may be encoded is shorter. */
const OVERLAP = 64;

export const unsigned = (machine: Machine, length: number): number => machine.cursor.unsigned(length);
export const line = (machine: Machine): string => machine.cursor.line(MAX_LINE).toString('utf8');

/** The opcodes that push numbers, text and bytes. */
export function dataOpcodes(on: (opcodes: string, handler: Handler) => void): void {
  // Constants.
  on('N', ({ stack }) => stack.push(NONE));
  on('\x88', ({ stack }) => stack.push(TRUE));
  on('\x89', ({ stack }) => stack.push(FALSE));
  on('K', (machine) => machine.stack.push(intOf(unsigned(machine, 1))));
  on('M', (machine) => machine.stack.push(intOf(unsigned(machine, 2))));
  on('J', (machine) => machine.stack.push(intOf(unsigned(machine, 4) | 0)));
  on('I', (machine) => {
    const short = machine.cursor.shortNumber();
    if (short >= 0) {
      machine.stack.push(intOf(short));
      return;
    }
    const found = line(machine);
    machine.stack.push(found === '00' ? FALSE : found === '01' ? TRUE : intOf(Number(found)));
  });
  on('L', (machine) => {
    machine.stack.push(intOf(Number(line(machine).replace(/L$/, ''))));
  });
  on('F', (machine) => {
    if (machine.cursor.shortLine(MAX_LINE) < 0) line(machine);
    machine.stack.push(DATA);
  });
  on('G', (machine) => {
    machine.cursor.skip(8);
    machine.stack.push(DATA);
  });
  on('\x8a', (machine) => long(machine, unsigned(machine, 1)));
  on('\x8b', (machine) => long(machine, signed(machine)));

  // Text and bytes.
  on('S', (machine) => lineOfText(machine, true));
  on('V', (machine) => lineOfText(machine, false));
  on('T', (machine) => text(machine, signed(machine)));
  on('U\x8c', (machine) => text(machine, unsigned(machine, 1)));
  on('X', (machine) => text(machine, unsigned(machine, 4)));
  on('\x8d', (machine) => text(machine, unsigned(machine, 8)));
  on('C', (machine) => bytes(machine, unsigned(machine, 1)));
  on('B', (machine) => bytes(machine, unsigned(machine, 4)));
  on('\x8e\x96', (machine) => bytes(machine, unsigned(machine, 8)));
  on('\x97', (machine) => {
    machine.report({
      rule: 'pickle-out-of-band',
      severity: 'low',
      message: 'it takes data from elsewhere, which this file does not hold',
    });
    machine.stack.push(DATA);
  });
  on('\x98', ({ stack }) => void stack.top);
}

function text(machine: Machine, length: number): void {
  const { cursor, stack } = machine;
  if (length > MAX_TEXT) {
    const long = textAt(machine.at, false);
    content(machine, length, true);
    stack.push(long);
    return;
  }
  const start = cursor.position;
  const at = cursor.take(length);
  const word = wordAt(cursor.window, at, length);
  stack.push(word < 0 ? textAt(machine.at, isMethodAt(cursor.window, at, length)) : handleOf(WORD, word));
  if (length >= SHORTEST_RAW) look(machine, start, length, cursor.window, at);
}

function bytes(machine: Machine, length: number): void {
  content(machine, length, false);
  machine.stack.push(handleOf(BYTES, machine.at));
}

/** Skips content, and shows its start; text is read to its end. */
function content(machine: Machine, length: number, isText: boolean): void {
  const { cursor, observer } = machine;
  const start = cursor.position;
  if (length > cursor.end - start) {
    cursor.skip(length);
    return;
  }
  const size = Math.min(length, HEAD);
  const at = cursor.take(size);
  // Looked at where it stands: a view of each of thousands of blocks takes as long as all else.
  if (!isText && !isPlain(cursor.window, at, size)) {
    cursor.skip(length - size);
    if (mayHide(cursor.window, at, length, size, ALL_KINDS))
      observer.content(start, length, cursor.window.subarray(at, at + size));
    return;
  }
  if (length <= SMALL) {
    look(machine, start, length, cursor.at(start, length), 0);
    cursor.skip(length - size);
    return;
  }
  lookThrough(machine, start, at, length);
}

/** At text that is seen whole. */
function look({ observer }: Machine, start: number, length: number, seen: Uint8Array, at: number): void {
  const size = Math.min(length, HEAD);
  // Shorter text is told without them.
  const kinds = length < SHORTEST_ENCODED ? 0 : kindsOf(seen, at, at + length);
  const hides = mayHide(seen, at, length, size, kinds);
  if (hides && observer.content(start, length, seen.subarray(at, at + size))) return;
  if (length < SHORTEST_ENCODED) return;
  if (mayHoldAny(kinds, hides, seen, at, length)) observer.within(start, length, seen.subarray(at, at + length));
}

/** At text that is too large to be seen whole. */
function lookThrough(machine: Machine, start: number, at: number, length: number): void {
  const { cursor, observer } = machine;
  const hides = mayHide(cursor.window, at, length, HEAD, ALL_KINDS);
  const found = hides && observer.content(start, length, cursor.window.subarray(at, at + HEAD));
  cursor.skip(length - HEAD);
  const end = start + length;
  for (let from = start; !found && from < end; from += PIECE) {
    const begin = Math.max(start, from - OVERLAP);
    const piece = cursor.at(begin, Math.min(from + PIECE, end) - begin);
    if (!mayHoldEncoded(piece, 0, piece.length, from === start)) continue;
    observer.within(start, length, null);
    return;
  }
}

function lineOfText(machine: Machine, quoted: boolean): void {
  const { cursor } = machine;
  const start = cursor.position;
  const at = cursor.shortLine(MAX_LINE);
  const size = cursor.position - start - 1;
  if (at >= 0 && isLiteral(cursor.window, at, size, quoted)) {
    literalLine(machine, start, at, quoted);
    return;
  }
  const raw = Buffer.from(at < 0 ? cursor.line(MAX_LINE) : cursor.window.subarray(at, at + size));
  const source = raw.toString('utf8');
  const found = unquoted(source, quoted);
  const length = machine.cursor.position - start - 1;
  // Characters of protocol 0 are bytes.
  const plain = source.includes('\uFFFD') ? unquoted(raw.toString('latin1'), quoted) : found;
  const head = Buffer.from(plain.slice(0, HEAD), 'latin1');
  if (!(mayHide(head, 0, length, head.length, ALL_KINDS) && machine.observer.content(start, length, head))) {
    if (source.length >= MAX_LINE || mayHoldEncoded(raw, 0, raw.length)) machine.observer.within(start, length, null);
  }
  const word = placeOf(found);
  if (source.length >= MAX_LINE) machine.stack.push(DATA);
  else machine.stack.push(word < 0 ? textAt(machine.at, isMethod(found)) : handleOf(WORD, word));
}

/** Whether a line stands for its own characters, between its quotes. */
function isLiteral(bytes: Uint8Array, at: number, length: number, quoted: boolean): boolean {
  const first = bytes[at];
  if (quoted && (length < 2 || (first !== 0x22 && first !== 0x27) || bytes[at + length - 1] !== first)) return false;
  return (kindsOf(bytes, at, at + length) & (BACKSLASH | OTHER)) === 0;
}

/** Of a line in the window at `at`, which was passed: it is told where it stands, as most lines of protocol 0 are. */
function literalLine(machine: Machine, start: number, at: number, quoted: boolean): void {
  const { cursor, observer, stack } = machine;
  const bytes = cursor.window;
  const length = cursor.position - start - 1;
  const [from, size] = quoted ? [at + 1, length - 2] : [at, length];
  const word = wordAt(bytes, from, size);
  stack.push(word < 0 ? textAt(machine.at, isMethodAt(bytes, from, size)) : handleOf(WORD, word));
  if (length < SHORTEST_RAW) return;
  const seen = Math.min(size, HEAD);
  const hides = mayHide(bytes, from, length, seen, kindsOf(bytes, from, from + size));
  if (hides && observer.content(start, length, bytes.subarray(from, from + seen))) return;
  if (length >= SHORTEST_ENCODED && mayHoldAny(kindsOf(bytes, at, at + length), hides, bytes, at, length))
    observer.within(start, length, bytes.subarray(at, at + length));
}

function signed(machine: Machine): number {
  const length = unsigned(machine, 4);
  if (length >= 2 ** 31) throw new ScanError('malformed', 'a negative length', machine.at);
  return length;
}

/** A little-endian number in two's complement; those above six bytes are only data. */
function long(machine: Machine, length: number): void {
  if (length > 6) {
    machine.cursor.skip(length);
    machine.stack.push(DATA);
    return;
  }
  const found = Buffer.from(machine.cursor.bytes(length));
  machine.stack.push(intOf(length === 0 ? 0 : found.readIntLE(0, length)));
}

import { isUtf8 } from 'node:buffer';
import { startsWith } from '../format.ts';
import { isLzmaAlone } from '../lzma/alone.ts';
import { LAYOUTS } from './opcodes.ts';

/** Of files that hold others, or that are refused by name; the last ones are of zlib, by its levels. */
const CONTAINERS = [
  'PK\x03\x04',
  '\x1f\x8b\x08',
  '\x93NUMPY',
  '\xfd7zXZ\0',
  '(\xb5/\xfd',
  '\x04\x22M\x18',
  'x\x01',
  'x^',
  'x\x9c',
  'x\xda',
];
const MAGICS: readonly Uint8Array[] = CONTAINERS.map((magic) => Buffer.from(magic, 'latin1'));
const PROTO = 0x80;
const STOP = 0x2e;
const MARK = 0x28;
const GLOBAL = 0x63;
const INST = 0x69;
const STACK_GLOBAL = 0x93;

/** What the walk knows of an opcode, by its byte: thousands of texts and blocks of a pickle are walked a little. */
const TAKES = new Uint8Array(256);
const GIVES = new Uint8Array(256);
const KINDS = new Uint8Array(256);
/** Bytes of its argument, or of the length of that. */
const SIZES = new Uint8Array(256);
/** What it takes from the stack: all down to a mark, or more than there can be. */
const TO_MARK = 254;
const NO_OPCODE = 255;
/** Kinds, as bits. */
const READS = 1;
const KEEPS = 2;
const IMPORTS = 4;
const LINE = 8;
const LENGTH = 16;
/** Finds what it needs on an empty stack. */
const FIRST = 32;
/** A container begins with this byte. */
const CONTAINER = 64;

TAKES.fill(NO_OPCODE);
effect('NIFLSVTXUBCGJKM\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x96\x97)]}', 0, 1, FIRST);
effect('gjh', 0, 1, READS);
// What an extension or an id stands for is no part of the pickle.
effect('\x82\x83\x84P', 0, 1, FIRST);
effect('Q', 1, 1);
effect('\x95', 0, 0, FIRST);
effect('0', 1, 0);
effect('pqr\x94', 1, 1, KEEPS);
effect('\x98', 1, 1);
effect('2', 1, 2);
effect('\x85', 1, 1);
effect('\x86Rab\x81', 2, 1);
effect('\x87s\x92', 3, 1);
effect('tld\x91', TO_MARK, 1);
effect('1', TO_MARK, 0);
// The object lies below the mark.
effect('eu\x90', TO_MARK, 0);
// By name, and instances.
effect('io', NO_OPCODE, 0, IMPORTS);
effect('c', NO_OPCODE, 0, IMPORTS | FIRST);
effect('\x80(', NO_OPCODE, 0, FIRST);
for (const magic of [...CONTAINERS, 'BZh', ']']) {
  const first = magic.charCodeAt(0);
  KINDS[first] = (KINDS[first] ?? 0) | CONTAINER;
}
for (const [opcode, layout] of LAYOUTS) {
  const kind = typeof layout === 'number' ? 0 : layout.startsWith('length') ? LENGTH : LINE;
  KINDS[opcode] = (KINDS[opcode] ?? 0) | kind;
  SIZES[opcode] = typeof layout === 'number' ? layout : Number(/\d$/.exec(layout)?.[0] ?? 0);
}

function effect(opcodes: string, takes: number, gives: number, kind = 0): void {
  for (const opcode of opcodes) {
    const byte = opcode.charCodeAt(0);
    [TAKES[byte], GIVES[byte], KINDS[byte]] = [takes, gives, kind];
  }
}

/** Whether something that is no text alone may begin with this byte. */
export function mayStart(first: number): boolean {
  return ((KINDS[first] ?? 0) & (FIRST | CONTAINER)) !== 0;
}

/** As `mayStart`, by two bytes. */
export function mayStartWith(first: number, second: number): boolean {
  if (!mayStart(first)) return false;
  const begin = Uint8Array.of(first, second);
  return MAGICS.some((magic) => magic[0] === first && magic[1] === second) || walks(begin, 2 ** 31, 0, 2);
}

/**
 * What content may be by its first bytes: a pickle that could come to import something, as far as they go, or a file that
 * holds others. An unpickler would raise at almost all other content within a few opcodes.
 *
 * @param size bytes of the whole content
 * @param from where in `head` it begins, and `to` where what is seen of it ends
 */
export function startOf(head: Uint8Array, size: number, from = 0, to = head.length): 'pickle' | 'container' | null {
  if (from >= to) return null;
  const kind = KINDS[head[from] ?? 0] ?? 0;
  if ((kind & CONTAINER) !== 0 && isContainer(head, from, to)) return 'container';
  return (kind & FIRST) !== 0 && walks(head, size, from, to) ? 'pickle' : null;
}

function isContainer(head: Uint8Array, from: number, to: number): boolean {
  if (to >= from + 10 && startsWith(head, 'BZh', from)) return startsWith(head, '1AY&SY', from + 4);
  for (const magic of MAGICS) if (to - from >= magic.length && begins(head, magic, from)) return true;
  return isLzmaAlone(head, from, to);
}

function begins(head: Uint8Array, magic: Uint8Array, from: number): boolean {
  for (let index = 0; index < magic.length; index += 1) if (head[from + index] !== magic[index]) return false;
  return true;
}

/** Whether nothing in the head tells that an unpickler raises or stops before anything is imported. */
function walks(head: Uint8Array, size: number, from: number, to: number): boolean {
  const marks: number[] = [];
  let depth = 0;
  let kept = false;
  let holds = false;
  const end = from + size;
  for (let at = from; at < end; ) {
    if (at >= to) return true;
    const op = head[at] ?? 0;
    if (op === PROTO) {
      if (at + 1 < to && (head[at + 1] ?? 0) > 5) return false;
      at += 2;
      continue;
    }
    if (op === STACK_GLOBAL) return depth >= 2;
    const kind = KINDS[op] ?? 0;
    if ((kind & IMPORTS) !== 0) return (op === GLOBAL || marks.length > 0) && isNamed(head, at, to, end);
    // Data of a pickle may be one, too.
    if (op === STOP) return holds && head[from] === PROTO;
    if (op === MARK) {
      marks.push(depth);
      at += 1;
      continue;
    }
    const takes = TAKES[op] ?? NO_OPCODE;
    if (takes === TO_MARK) {
      const mark = marks.pop();
      if (mark === undefined) return false;
      depth = mark + (GIVES[op] ?? 0);
    } else {
      // A mark may be popped, too.
      if (takes === NO_OPCODE || depth + marks.length < takes || ((kind & READS) !== 0 && !kept)) return false;
      depth = Math.max(0, depth - takes) + (GIVES[op] ?? 0);
    }
    kept ||= (kind & KEEPS) !== 0;
    const next = argumentEnd(head, at, kind, to, end);
    if (next < 0) return false;
    holds ||= next - at > 8;
    at = next;
  }
  return false;
}

/** A module of GLOBAL or INST has no blanks and marks in its name, its line ends, and both lines are UTF-8, as far as they are seen. */
function isNamed(head: Uint8Array, at: number, to: number, end: number): boolean {
  if (head[at] !== GLOBAL && head[at] !== INST) return true;
  for (let index = at + 1; index < to; index += 1) {
    const byte = head[index] ?? 0;
    if (byte === 10) return index > at + 1 && isDecoded(head, at + 1, to) && isDecoded(head, index + 1, to);
    if (
      byte < 0x2e ||
      byte === 0x2f ||
      (byte > 0x39 && byte < 0x41) ||
      (byte > 0x5a && byte < 0x5f) ||
      (byte > 0x7a && byte < 0x80)
    )
      return byte === 13;
  }
  return to < end;
}

/** Whether the line at a place is UTF-8, or goes on behind what is seen: at all else an unpickler raises. */
function isDecoded(head: Uint8Array, at: number, to: number): boolean {
  const seen = head.subarray(at, to);
  const end = seen.indexOf(10);
  return end < 0 || isUtf8(seen.subarray(0, end));
}

/** Where the argument of the opcode ends, beyond what is seen where that is too short to say; -1 where it can't be one. */
function argumentEnd(head: Uint8Array, at: number, kind: number, to: number, end: number): number {
  const size = SIZES[head[at] ?? 0] ?? 0;
  if ((kind & LINE) !== 0) {
    let line = at + 1;
    while (line < to && head[line] !== 10) line += 1;
    // Nothing of it is seen.
    if (line === at + 1 && line === to && to < end) return to;
    if (!isLine(head, at, line)) return -1;
    return line < to ? line + 1 : to < end ? to : -1;
  }
  const start = at + 1 + size;
  if ((kind & LENGTH) === 0) return start;
  let length = 0;
  for (let index = at + size; index > at; index -= 1) length = length * 256 + (index < to ? (head[index] ?? 0) : 0);
  return start + length < end ? start + length : -1;
}

/** Text is quoted, and numbers are digits. */
function isLine(head: Uint8Array, at: number, end: number): boolean {
  const op = String.fromCharCode(head[at] ?? 0);
  const first = end > at + 1 ? head[at + 1] : 0;
  if (op === 'V') return true;
  if (op === 'P') return head.subarray(at + 1, end).every((byte) => byte >= 0x20 && byte < 0x7f);
  if (op === 'S') return first === 0x22 || first === 0x27;
  for (let index = at + 1; index < end; index += 1) {
    const byte = head[index] ?? 0;
    const digit = byte >= 0x30 && byte <= 0x39;
    if (!digit && !(op === 'F' ? /[-+.einfaty\s_]/i : /[-+loxabcdef\s_]/i).test(String.fromCharCode(byte)))
      return false;
  }
  return end > at + 1;
}

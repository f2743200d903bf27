import { startsWith } from '../format.ts';
import { LAYOUTS, type Layout } from './opcodes.ts';

/** Of files that hold others, or that are refused by name. */
const CONTAINERS = ['PK\x03\x04', '\x1f\x8b\x08', '\x93NUMPY', '\xfd7zXZ\0', '(\xb5/\xfd'];
const PROTO = 0x80;
const STOP = 0x2e;
const STACK_GLOBAL = 0x93;
/** Values that an opcode takes from the stack and puts there; `m` takes all down to a mark. */
const EFFECTS: ReadonlyMap<number, readonly [number | 'm', number]> = new Map([
  ...effect('NIFLSVTXUBCGJKM\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x96\x97)]}gjh', 0, 1),
  // What an extension or an id stands for is no part of the pickle.
  ...effect('\x82\x83\x84P', 0, 1),
  ...effect('Q', 1, 1),
  ...effect('\x95', 0, 0),
  ...effect('0', 1, 0),
  ...effect('pqr\x94\x98', 1, 1),
  ...effect('2', 1, 2),
  ...effect('\x85', 1, 1),
  ...effect('\x86Rab\x81', 2, 1),
  ...effect('\x87s\x92', 3, 1),
  ...effect('tld\x91', 'm', 1),
  ...effect('1', 'm', 0),
  // The object lies below the mark.
  ...effect('eu\x90', 'm', 0),
]);
/** Imports by name, and instances. */
const IMPORTS = new Set(Array.from('cio', (opcode) => opcode.charCodeAt(0)));
const READS = new Set(Array.from('gjh', (opcode) => opcode.charCodeAt(0)));
const KEEPS = new Set(Array.from('pqr\x94', (opcode) => opcode.charCodeAt(0)));
/** Opcodes that find what they need on an empty stack. */
const FIRST = new Uint8Array(256);
for (const [opcode, [takes]] of EFFECTS) if (takes === 0 && !READS.has(opcode)) FIRST[opcode] = 1;
for (const opcode of '\x80c(') FIRST[opcode.charCodeAt(0)] = 1;

function effect(opcodes: string, takes: number | 'm', gives: number): [number, readonly [number | 'm', number]][] {
  return Array.from(opcodes, (opcode) => [opcode.charCodeAt(0), [takes, gives]]);
}

/** Whether content that begins with this byte may be a pickle or hold one. Asked of each text and each bytes of a pickle. */
export function mayStart(first: number): boolean {
  return (
    FIRST[first] === 1 ||
    first === 0x78 ||
    first === 0x50 ||
    first === 0x1f ||
    first === 0x93 ||
    first === 0xfd ||
    first === 0x42
  );
}

/**
 * What content may be by its first bytes: a pickle that could come to import something, as far as they go, or a file that
 * holds others. An unpickler would raise at almost all other content within a few opcodes.
 *
 * @param size bytes of the whole content
 */
export function startOf(head: Uint8Array, size: number): 'pickle' | 'container' | null {
  const [first = 0, second = 0] = head;
  if (!mayStart(first)) return null;
  if (first === 0x78 && [0x01, 0x5e, 0x9c, 0xda].includes(second)) return 'container';
  if (first === 0x42 && startsWith(head, '1AY&SY', 4) && startsWith(head, 'BZh')) return 'container';
  if (CONTAINERS.some((magic) => startsWith(head, magic))) return 'container';
  return walks(head, size) ? 'pickle' : null;
}

/** Whether nothing in the head tells that an unpickler raises or stops before anything is imported. */
function walks(head: Uint8Array, size: number): boolean {
  const marks: number[] = [];
  let [depth, kept, holds] = [0, false, false];
  for (let at = 0; at < size; ) {
    if (at >= head.length) return true;
    const op = head[at] ?? 0;
    if (op === PROTO) {
      if ((head[at + 1] ?? 0) > 5) return false;
      at += 2;
      continue;
    }
    if (op === STACK_GLOBAL) return depth >= 2;
    if (IMPORTS.has(op)) return (op === 0x63 || marks.length > 0) && isNamed(head, at, op);
    // Data of a pickle may be one, too.
    if (op === STOP) return holds && head[0] === PROTO;
    if (op === 0x28) {
      marks.push(depth);
      at += 1;
      continue;
    }
    const [takes, gives] = EFFECTS.get(op) ?? [Number.POSITIVE_INFINITY, 0];
    if (takes === 'm') {
      const mark = marks.pop();
      if (mark === undefined) return false;
      depth = mark + gives;
    } else {
      // A mark may be popped, too.
      if (depth + marks.length < takes || (READS.has(op) && !kept)) return false;
      depth = Math.max(0, depth - takes) + gives;
    }
    kept ||= KEEPS.has(op);
    const end = argumentEnd(head, at, LAYOUTS.get(op) ?? 0, size);
    if (end === null) return false;
    holds ||= end - at > 8;
    at = end;
  }
  return false;
}

/** A module of GLOBAL or INST has no blanks and marks in its name, as far as it is seen. */
function isNamed(head: Uint8Array, at: number, op: number): boolean {
  if (op !== 0x63 && op !== 0x69) return true;
  for (let index = at + 1; index < head.length; index += 1) {
    const byte = head[index] ?? 0;
    if (byte === 10) return index > at + 1;
    if (
      byte < 0x2e ||
      byte === 0x2f ||
      (byte > 0x39 && byte < 0x41) ||
      (byte > 0x5a && byte < 0x5f) ||
      (byte > 0x7a && byte < 0x80)
    )
      return byte === 13;
  }
  return true;
}

/** Where the argument of the opcode ends, beyond the head where that is too short to say; null where it can't be one. */
function argumentEnd(head: Uint8Array, at: number, layout: Layout, size: number): number | null {
  if (layout === 'line' || layout === 'two lines') {
    const end = head.indexOf(10, at + 1);
    if (!isLine(head, at, end < 0 ? head.length : end)) return null;
    return end >= 0 ? end + 1 : head.length < size ? head.length : null;
  }
  if (typeof layout === 'number') return at + 1 + layout;
  const bytes = Number(layout.slice('length'.length));
  let length = 0;
  for (let index = bytes; index > 0; index -= 1) length = length * 256 + (head[at + index] ?? 0);
  const end = at + 1 + bytes + length;
  return end < size ? end : null;
}

/** Text is quoted, and numbers are digits. */
function isLine(head: Uint8Array, at: number, end: number): boolean {
  const op = String.fromCharCode(head[at] ?? 0);
  const first = head[at + 1] ?? 0;
  if (op === 'V') return true;
  if (op === 'P') return head.subarray(at + 1, end).every((byte) => byte >= 0x20 && byte < 0x7f);
  if (op === 'S') return first === 0x22 || first === 0x27;
  for (let index = at + 1; index < end; index += 1) {
    const byte = head[index] ?? 0;
    const digit = byte >= 0x30 && byte <= 0x39;
    if (!digit && !(op === 'F' ? /[-+.einfa\s_]/i : /[-+lxabcdef\s_]/i).test(String.fromCharCode(byte))) return false;
  }
  return end > at + 1;
}

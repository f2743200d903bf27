import type { Cursor } from '../cursor.ts';
import { withoutEscapes } from './escapes.ts';

export interface Range {
  readonly start: number;
  readonly length: number;
}

/** Longer lines are data; the scan reads no further. */
export const MAX_LINE = 1024;

/** Bytes of the length that follows an opcode with bytes or text. */
const LENGTHS: ReadonlyMap<number, number> = new Map(
  [['U\x8cC', 1] as const, ['TXB', 4] as const, ['\x8d\x8e\x96', 8] as const].flatMap(([opcodes, size]) =>
    Array.from(opcodes, (opcode): [number, number] => [opcode.charCodeAt(0), size]),
  ),
);

/** Where the bytes or the text of the opcode at `offset` stand; null for an opcode with a line. */
export function bytesAt(cursor: Cursor, offset: number): Range | null {
  const head = cursor.at(offset, 9);
  const size = LENGTHS.get(head[0] ?? 0);
  if (size === undefined) return null;
  let length = 0;
  for (let at = size; at > 0; at -= 1) length = length * 256 + (head[at] ?? 0);
  return { start: offset + 1 + size, length };
}

/** Whether text stands at `offset`, and not bytes. */
export function isTextAt(cursor: Cursor, offset: number): boolean {
  return 'X\x8c\x8d'.includes(String.fromCharCode(cursor.at(offset, 1)[0] ?? 0));
}

/** The text of the opcode at `offset`, which was read before; null for longer text than any check asks for. */
export function textIn(cursor: Cursor, offset: number): string | null {
  const range = bytesAt(cursor, offset);
  if (range !== null) return range.length > MAX_LINE ? null : textOf(cursor.at(range.start, range.length));
  const line = cursor.at(offset, MAX_LINE + 2);
  const end = line.indexOf(10);
  const text = textOf(line.subarray(1, end < 0 ? line.length : end));
  return line[0] === 0x50 ? text : unquoted(text, line[0] === 0x53);
}

/** What a line of protocol 0 stands for. */
export function unquoted(line: string, quoted: boolean): string {
  return withoutEscapes(quoted ? line.replace(/^(['"])([\s\S]*)\1\s*$/, '$2') : line);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

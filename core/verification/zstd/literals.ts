import { ScanError } from '../format.ts';
import { BackwardBits } from './bits.ts';
import { type PrefixTable, readTree } from './tables.ts';

const MAX_LITERALS = 131_072;

export interface Literals {
  readonly bytes: Uint8Array;
  /** Bytes of the section. */
  readonly size: number;
  /** For blocks that follow. */
  readonly tree: PrefixTable | null;
}

/** The literals of a block (RFC 8878, section 3.1.1.3.1). @param tree of the block before. @throws ScanError */
export function readLiterals(block: Uint8Array, tree: PrefixTable | null): Literals {
  const kind = (block[0] ?? 0) & 3;
  return kind < 2 ? plain(block, kind, tree) : compressed(block, kind, tree);
}

function plain(block: Uint8Array, kind: number, tree: PrefixTable | null): Literals {
  const format = ((block[0] ?? 0) >> 2) & 3;
  const head = format === 1 ? 2 : format === 3 ? 3 : 1;
  const length = littleEndian(block, head) >>> (head === 1 ? 3 : 4);
  const taken = kind === 0 ? length : 1;
  if (length > MAX_LITERALS || head + taken > block.length) throw cut();
  const bytes = kind === 0 ? block.subarray(head, head + length) : new Uint8Array(length).fill(block[head] ?? 0);
  return { bytes, size: head + taken, tree };
}

function compressed(block: Uint8Array, kind: number, before: PrefixTable | null): Literals {
  const format = ((block[0] ?? 0) >> 2) & 3;
  const head = format < 2 ? 3 : format + 2;
  const width = format < 2 ? 10 : 4 * format + 6;
  const word = littleEndian(block, head);
  const length = Math.floor(word / 16) % 2 ** width;
  const packed = Math.floor(word / 2 ** (4 + width)) % 2 ** width;
  if (length > MAX_LITERALS || head + packed > block.length) throw cut();
  const body = block.subarray(head, head + packed);
  const read = kind === 2 ? readTree(body) : { table: before, size: 0 };
  if (read.table === null) throw new ScanError('malformed', 'literals that ask for the codes of no block before', 0);
  const bytes = new Uint8Array(length);
  const streams = body.subarray(read.size);
  if (format === 0) decode(streams, read.table, bytes);
  else decodeFour(streams, read.table, bytes);
  return { bytes, size: head + packed, tree: read.table };
}

function decodeFour(bytes: Uint8Array, tree: PrefixTable, into: Uint8Array): void {
  if (bytes.length < 6) throw cut();
  const part = Math.floor((into.length + 3) / 4);
  let at = 6;
  for (let stream = 0; stream < 4; stream += 1) {
    const size = stream === 3 ? bytes.length - at : littleEndian(bytes.subarray(2 * stream), 2);
    if (size < 1 || at + size > bytes.length || stream * part > into.length) throw cut();
    decode(
      bytes.subarray(at, at + size),
      tree,
      into.subarray(stream * part, stream === 3 ? into.length : (stream + 1) * part),
    );
    at += size;
  }
}

function decode(bytes: Uint8Array, { width, symbols, lengths }: PrefixTable, into: Uint8Array): void {
  const bits = new BackwardBits(bytes);
  for (let index = 0; index < into.length; index += 1) {
    const code = bits.peek(width);
    into[index] = symbols[code] ?? 0;
    bits.left -= lengths[code] ?? 0;
  }
  if (bits.left !== 0) throw new ScanError('malformed', 'literals that end elsewhere than their bits', 0);
}

function littleEndian(bytes: Uint8Array, length: number): number {
  let value = 0;
  for (let index = length - 1; index >= 0; index -= 1) value = value * 256 + (bytes[index] ?? 0);
  return value;
}

function cut(): ScanError {
  return new ScanError('malformed', 'literals that go past their block', 0);
}

import { ScanError } from '../format.ts';
import { BackwardBits, ForwardBits } from './bits.ts';

/** A table of finite state entropy: by state, the symbol, and how the next state is found. */
export interface StateTable {
  readonly accuracy: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly bases: Uint16Array;
}

/** One symbol for every state. */
export function constantTable(symbol: number): StateTable {
  return { accuracy: 0, symbols: Uint8Array.of(symbol), bits: Uint8Array.of(0), bases: Uint16Array.of(0) };
}

/** From how often each symbol occurs; -1 is less than once (RFC 8878, section 4.1.1). */
export function stateTable(counts: readonly number[], accuracy: number): StateTable {
  const size = 1 << accuracy;
  const symbols = new Uint8Array(size);
  const next = new Uint16Array(counts.length);
  let high = size;
  for (const [symbol, count] of counts.entries()) {
    next[symbol] = Math.abs(count);
    if (count !== -1) continue;
    high -= 1;
    symbols[high] = symbol;
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  for (const [symbol, count] of counts.entries()) {
    for (let index = 0; index < count; index += 1) {
      symbols[at] = symbol;
      do at = (at + step) & (size - 1);
      while (at >= high);
    }
  }
  const bits = new Uint8Array(size);
  const bases = new Uint16Array(size);
  for (let state = 0; state < size; state += 1) {
    const symbol = symbols[state] ?? 0;
    const count = next[symbol] ?? 1;
    next[symbol] = count + 1;
    const taken = accuracy - (31 - Math.clz32(count));
    bits[state] = taken;
    bases[state] = (count << taken) - size;
  }
  return { accuracy, symbols, bits, bases };
}

/** A table that is described in the block. @returns it, and the bytes that it took. @throws ScanError */
export function readTable(
  bytes: Uint8Array,
  maxAccuracy: number,
  maxSymbol: number,
): { readonly table: StateTable; readonly size: number } {
  const bits = new ForwardBits(bytes);
  const accuracy = bits.read(4) + 5;
  if (accuracy > maxAccuracy) throw new ScanError('malformed', `a table of accuracy ${accuracy}`, 0);
  const counts: number[] = [];
  let remaining = 1 << accuracy;
  while (remaining > 0 && counts.length <= maxSymbol) {
    const count = readCount(bits, remaining);
    remaining -= Math.abs(count);
    counts.push(count);
    if (count !== 0) continue;
    for (let zeros = 3; zeros === 3; ) {
      zeros = bits.read(2);
      for (let index = 0; index < zeros; index += 1) counts.push(0);
    }
  }
  if (remaining !== 0 || counts.length > maxSymbol + 1)
    throw new ScanError('malformed', 'a table that does not add up', 0);
  return { table: stateTable(counts, accuracy), size: bits.bytesRead };
}

/** Small values take one bit less. */
function readCount(bits: ForwardBits, remaining: number): number {
  const width = 32 - Math.clz32(remaining + 1);
  const value = bits.read(width);
  const low = value & ((1 << (width - 1)) - 1);
  const threshold = (1 << width) - 1 - (remaining + 1);
  if (low < threshold) {
    bits.at -= 1;
    return low - 1;
  }
  return (value >= 1 << (width - 1) ? value - threshold : value) - 1;
}

/** A table of prefix codes: by the next bits, the symbol and the length of its code. */
export interface PrefixTable {
  readonly width: number;
  readonly symbols: Uint8Array;
  readonly lengths: Uint8Array;
}

/** A tree of Huffman that is described by weights (section 4.2.1). @returns it, and the bytes that it took. @throws ScanError */
export function readTree(bytes: Uint8Array): { readonly table: PrefixTable; readonly size: number } {
  const head = bytes[0] ?? 0;
  const packed = head < 128 ? head : Math.ceil((head - 127) / 2);
  if (1 + packed > bytes.length) throw new ScanError('malformed', 'a tree of codes that is cut', 0);
  const body = bytes.subarray(1, 1 + packed);
  const weights =
    head < 128
      ? stateWeights(body)
      : Array.from({ length: head - 127 }, (_, index) => ((body[index >> 1] ?? 0) >> (index % 2 === 0 ? 4 : 0)) & 15);
  return { table: prefixTable(weights), size: 1 + packed };
}

/** Two states take turns until the bits are used up. */
function stateWeights(bytes: Uint8Array): readonly number[] {
  const { table, size } = readTable(bytes, 6, 255);
  const bits = new BackwardBits(bytes.subarray(size));
  const states = [bits.read(table.accuracy), bits.read(table.accuracy)];
  const weights: number[] = [];
  for (let turn = 0; weights.length < 255; turn = 1 - turn) {
    const state = states[turn] ?? 0;
    weights.push(table.symbols[state] ?? 0);
    states[turn] = (table.bases[state] ?? 0) + bits.read(table.bits[state] ?? 0);
    if (bits.left >= 0) continue;
    weights.push(table.symbols[states[1 - turn] ?? 0] ?? 0);
    return weights;
  }
  throw new ScanError('malformed', 'a tree of too many codes', 0);
}

function prefixTable(weights: readonly number[]): PrefixTable {
  const sum = weights.reduce((total, weight) => total + (weight === 0 ? 0 : 2 ** (weight - 1)), 0);
  const width = sum === 0 ? 0 : 32 - Math.clz32(sum);
  const rest = 2 ** width - sum;
  if (width < 1 || width > 11 || weights.length > 255 || !Number.isInteger(Math.log2(rest)))
    throw new ScanError('malformed', 'a tree that does not add up', 0);
  const all = [...weights, Math.log2(rest) + 1];
  const symbols = new Uint8Array(1 << width);
  const lengths = new Uint8Array(1 << width);
  let at = 0;
  for (let weight = 1; weight <= width; weight += 1) {
    for (const [symbol, each] of all.entries()) {
      if (each !== weight) continue;
      const end = at + 2 ** (weight - 1);
      symbols.fill(symbol, at, end);
      lengths.fill(width + 1 - weight, at, end);
      at = end;
    }
  }
  return { width, symbols, lengths };
}

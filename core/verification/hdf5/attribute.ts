import { readExactly, ScanError, type Source, startsWith } from '../format.ts';
import { isOfBytes, type TextField, textLayoutOf } from './datatype.ts';
import { type Message, number64, UNDEFINED } from './header.ts';

/** A text in the file. */
export interface Place {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Bytes of an element of a sequence that is looked into by itself. */
const SHORT = 16;
const MAX_COLLECTION = 32 * 2 ** 20;
/** Of the heaps that are remembered, which takes more than they do in the file; they are read again where they are needed again. */
const MAX_TEXTS = 300_000;
/** Keras takes the model from these. */
const CONFIGS: ReadonlySet<string> = new Set(['model_config', 'training_config']);

/** Reads texts of attributes, and remembers the heaps in which those of variable length lie (sections IV.A.2.m, III.E). */
export class Attributes {
  readonly #file: Source;
  readonly #tick: () => void;
  readonly #heaps = new Map<number, ReadonlyMap<number, readonly [number, number]>>();
  #texts = 0;

  constructor(file: Source, tick: () => void) {
    this.#file = file;
    this.#tick = tick;
  }

  /** Where the values of an attribute lie that are text, or bytes together; other numbers are none. @throws ScanError */
  textsOf({ data, offset }: Message): readonly Place[] {
    const { name, type, value } = split(data, offset);
    const { stride, fields } = textLayoutOf(type, offset);
    if (fields.length === 0 && CONFIGS.has(name)) throw new ScanError('unsupported', `"${name}" is not a text`, offset);
    const places: Place[] = [];
    if (fields.length === 0 && isOfBytes(type) && data.length - value >= SHORT)
      places.push({ name, start: offset + value, end: offset + data.length });
    if (fields.length === 0) return places;
    for (let start = value; start + stride <= data.length; start += stride)
      for (const field of fields) {
        const at = start + field.at;
        if (field.kind === 'fixed') places.push({ name, start: offset + at, end: offset + at + field.width });
        else places.push(...this.referred({ name, unit: field.unit }, data.subarray(at, at + 16), offset + at));
      }
    return places;
  }

  /** Where texts lie in heaps, by references of 16 bytes each that stand at an offset. @throws ScanError */
  referred(
    { name, unit }: Pick<Place, 'name'> & Pick<TextField, 'unit'>,
    data: Buffer,
    offset: number,
  ): readonly Place[] {
    const places: Place[] = [];
    for (let at = 0; at + 16 <= data.length; at += 16) {
      const length = data.readUInt32LE(at) * unit;
      const address = number64(data, at + 4);
      if (length === 0 || address === 0 || address >= UNDEFINED - 1) continue;
      const found = this.#heap(address).get(data.readUInt32LE(at + 12));
      if (found === undefined || length > found[1])
        throw new ScanError('malformed', 'a text that is not in its heap', offset + at);
      const [start] = found;
      // Short ones are labels, which say something together.
      if (unit < SHORT) places.push({ name, start, end: start + length });
      else
        for (let from = start; from < start + length; from += unit)
          places.push({ name, start: from, end: from + unit });
    }
    return places;
  }

  /** Offset and size of each object of a global heap collection. */
  #heap(address: number): ReadonlyMap<number, readonly [number, number]> {
    const known = this.#heaps.get(address);
    if (known !== undefined) return known;
    this.#tick();
    const head = Buffer.from(readExactly(this.#file, address, 16));
    if (!startsWith(head, 'GCOL')) throw new ScanError('malformed', 'no heap for a text', address);
    const size = number64(head, 8);
    if (size > MAX_COLLECTION) throw new ScanError('too_large', `a heap of ${size} bytes`, address);
    const bytes = Buffer.from(readExactly(this.#file, address, size));
    const objects = new Map<number, readonly [number, number]>();
    for (let at = 16; at + 16 <= size; ) {
      const index = bytes.readUInt16LE(at);
      const length = number64(bytes, at + 8);
      // Index 0 is what is free, to the end.
      if (index === 0) break;
      if (at + 16 + length > size || objects.has(index))
        throw new ScanError('malformed', 'a heap that contradicts itself', address + at);
      objects.set(index, [address + at + 16, length]);
      at += 16 + Math.ceil(length / 8) * 8;
    }
    this.#texts += objects.size;
    if (this.#texts > MAX_TEXTS) {
      this.#heaps.clear();
      this.#texts = objects.size;
    }
    this.#heaps.set(address, objects);
    return objects;
  }
}

function split(data: Buffer, offset: number): { readonly name: string; readonly type: Buffer; readonly value: number } {
  const version = data[0] ?? 0;
  if (version < 1 || version > 3 || data.length < 8) throw new ScanError('unsupported', 'an unknown attribute', offset);
  if (version > 1 && data[1] !== 0) throw new ScanError('unsupported', 'an attribute with a shared type', offset);
  const padded = (length: number): number => (version === 1 ? Math.ceil(length / 8) * 8 : length);
  const [nameLength, typeLength, spaceLength] = [data.readUInt16LE(2), data.readUInt16LE(4), data.readUInt16LE(6)];
  const start = version === 3 ? 9 : 8;
  const typeStart = start + padded(nameLength);
  const value = typeStart + padded(typeLength) + padded(spaceLength);
  if (value > data.length || typeLength < 8) throw new ScanError('malformed', 'an attribute that is cut', offset);
  const name = data.toString('utf8', start, start + nameLength).replace(/\0.*$/s, '');
  return { name, type: data.subarray(typeStart, typeStart + typeLength), value };
}

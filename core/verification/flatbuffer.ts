import { readExactly, ScanError, type Source } from './format.ts';

const PAGE = 16_384;
const MAX_PAGES = 64;
/** Tables that may be visited: a few bytes can refer to one table from any number of places. */
const MAX_TABLES = 3_000_000;
/** Items of lists that may be read: any number of tables can share one list. */
const MAX_ITEMS = 50_000_000;
const MAX_TEXT = 65_536;

/** A table: its fields are found by a list of offsets that others may share. */
export interface Table {
  readonly at: number;
  /** Bytes of its fields, from `at`. */
  readonly size: number;
  readonly offsets: number;
  readonly count: number;
}

/** A list of values of one size. */
export interface Vector {
  readonly start: number;
  readonly length: number;
}

/** Reads FlatBuffers (https://flatbuffers.dev/internals) at random, within the bounds of the file. */
export class FlatBuffer {
  readonly #file: Source;
  readonly #tick: () => void;
  readonly #pages = new Map<number, Buffer>();
  #tables = 0;
  #items = 0;

  constructor(file: Source, tick: () => void) {
    this.#file = file;
    this.#tick = tick;
  }

  root(): Table {
    return this.#table(this.#follow(0));
  }

  /** A table in a field, or null where it is left out. */
  table(parent: Table, field: number): Table | null {
    const at = this.#field(parent, field, 4);
    return at === null ? null : this.#table(this.#follow(at));
  }

  /** Tables of a list in a field, in their order. */
  *tables(parent: Table, field: number): Generator<Table> {
    const { start, length } = this.vector(parent, field, 4);
    for (let index = 0; index < length; index += 1) yield this.#table(this.#follow(start + 4 * index));
  }

  /** The list in a field; empty where it is left out. */
  vector(parent: Table, field: number, itemSize: number): Vector {
    const at = this.#field(parent, field, 4);
    if (at === null) return { start: 0, length: 0 };
    const start = this.#follow(at);
    const length = this.#bytes(start, 4).readUInt32LE();
    if (start + 4 + length * itemSize > this.#file.size)
      throw new ScanError('malformed', `a list of ${length} items goes past the end`, start);
    return { start: start + 4, length };
  }

  /** Of a list of `int`. */
  int32At({ start, length }: Vector, index: number): number {
    if (index < 0 || index >= length) throw new ScanError('malformed', 'an item past the end of its list', start);
    this.#items += 1;
    if (this.#items > MAX_ITEMS) throw new ScanError('too_large', `more than ${MAX_ITEMS} items of lists`, start);
    return this.#bytes(start + 4 * index, 4).readInt32LE();
  }

  /** UTF-8; empty where it is left out. */
  text(parent: Table, field: number): string {
    const { start, length } = this.vector(parent, field, 1);
    if (length > MAX_TEXT) throw new ScanError('malformed', `a text of ${length} bytes`, start);
    return Buffer.from(readExactly(this.#file, start, length)).toString('utf8');
  }

  int8(parent: Table, field: number): number {
    const at = this.#field(parent, field, 1);
    return at === null ? 0 : this.#bytes(at, 1).readInt8();
  }

  int32(parent: Table, field: number): number {
    const at = this.#field(parent, field, 4);
    return at === null ? 0 : this.#bytes(at, 4).readInt32LE();
  }

  uint32(parent: Table, field: number): number {
    return this.int32(parent, field) >>> 0;
  }

  /** Above 2⁵³ it loses low bits, and is past the end of any file either way. */
  uint64(parent: Table, field: number): number {
    const at = this.#field(parent, field, 8);
    return at === null ? 0 : Number(this.#bytes(at, 8).readBigUInt64LE());
  }

  #table(at: number): Table {
    this.#tick();
    this.#tables += 1;
    if (this.#tables > MAX_TABLES) throw new ScanError('too_large', `more than ${MAX_TABLES} tables`, at);
    const offsets = at - this.#bytes(at, 4).readInt32LE();
    const head = this.#bytes(offsets, 4);
    const [listSize, size] = [head.readUInt16LE(), head.readUInt16LE(2)];
    if (listSize < 4 || listSize % 2 !== 0 || size < 4 || at + size > this.#file.size)
      throw new ScanError('malformed', 'a table that cannot be', at);
    if (offsets + listSize > this.#file.size) throw new ScanError('malformed', 'a table without its fields', at);
    return { at, size, offsets: offsets + 4, count: (listSize - 4) / 2 };
  }

  #field({ at, size, offsets, count }: Table, field: number, length: number): number | null {
    if (field >= count) return null;
    const offset = this.#bytes(offsets + 2 * field, 2).readUInt16LE();
    if (offset === 0) return null;
    if (offset < 4 || offset + length > size) throw new ScanError('malformed', 'a field outside of its table', at);
    return at + offset;
  }

  /** Where an offset leads, which counts from where it stands. */
  #follow(at: number): number {
    return at + this.#bytes(at, 4).readUInt32LE();
  }

  /** At most 8 bytes, through a few pages of the file, since what belongs together lies apart. */
  #bytes(at: number, length: number): Buffer {
    if (at < 0 || at + length > this.#file.size)
      throw new ScanError('malformed', 'an offset leads out of the file', Math.min(Math.max(at, 0), this.#file.size));
    const page = Math.floor(at / PAGE);
    const start = at - page * PAGE;
    if (start + length > PAGE) return Buffer.from(readExactly(this.#file, at, length));
    return this.#page(page).subarray(start, start + length);
  }

  #page(page: number): Buffer {
    const known = this.#pages.get(page);
    if (known !== undefined) return known;
    if (this.#pages.size >= MAX_PAGES)
      for (const oldest of this.#pages.keys()) {
        this.#pages.delete(oldest);
        break;
      }
    const at = page * PAGE;
    const bytes = Buffer.from(readExactly(this.#file, at, Math.min(PAGE, this.#file.size - at)));
    this.#pages.set(page, bytes);
    return bytes;
  }
}

import { ScanError } from './format.ts';

/** What a field holds: a number or flag, text, bytes that no one reads, a structure (`:name`), or a list of one of them (`[…`). */
type Field<S extends string> = 'number' | 'text' | 'data' | `:${S}` | `[${'number' | 'text' | 'data' | `:${S}`}`;
/** Structures by name, their fields by number. A name may stand below itself nowhere, so that depth is bounded. */
export type ThriftSchema<S extends string> = Readonly<Record<S, Readonly<Record<number, Field<S>>>>>;

/** Offsets in the source: `start` included, `end` not. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A structure that was read, with its own numbers and texts by the numbers of their fields; without lists. */
export interface ThriftStruct<S extends string> {
  readonly name: S;
  readonly numbers: ReadonlyMap<number, number>;
  readonly texts: ReadonlyMap<number, Span>;
  /** Fields that are there, of any kind. */
  readonly fields: ReadonlySet<number>;
  readonly at: number;
}

export interface ThriftEvents<S extends string> {
  tick(): void;
  /** After all that it holds. */
  struct(one: ThriftStruct<S>): void;
}

const STOP = 0;
const [TRUE, FALSE, BYTE, DOUBLE, BINARY, LIST, STRUCT] = [1, 2, 3, 7, 8, 9, 12];
const MAX_VARINT = 10;

/**
 * Reads a structure of Thrift's compact protocol. Readers skip fields that they don't know, and known ones of another type:
 * here both end it, since what stands in them is looked at by nobody.
 *
 * Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 * @param bytes of which `source` is the file; they begin at `base` in it
 * @returns the offset behind it
 * @throws ScanError `malformed`, or `unsupported` for a field that the schema does not have
 */
export function readThrift<S extends string>(
  bytes: Buffer,
  base: number,
  schema: ThriftSchema<S>,
  root: S,
  events: ThriftEvents<S>,
): number {
  return new ThriftReader(bytes, base, schema, events).run(root);
}

class ThriftReader<S extends string> {
  readonly #bytes: Buffer;
  readonly #base: number;
  readonly #schema: ThriftSchema<S>;
  readonly #events: ThriftEvents<S>;
  #at = 0;

  constructor(bytes: Buffer, base: number, schema: ThriftSchema<S>, events: ThriftEvents<S>) {
    this.#bytes = bytes;
    this.#base = base;
    this.#schema = schema;
    this.#events = events;
  }

  run(root: S): number {
    this.#struct(root);
    return this.#base + this.#at;
  }

  #struct(name: S): void {
    this.#events.tick();
    const at = this.#base + this.#at;
    const numbers = new Map<number, number>();
    const texts = new Map<number, Span>();
    const fields = new Set<number>();
    let last = 0;
    for (let header = this.#byte(); header !== STOP; header = this.#byte()) {
      const delta = header >> 4;
      const field = delta === 0 ? this.#signed() : last + delta;
      last = field;
      const place = this.#base + this.#at;
      if (fields.has(field)) throw new ScanError('malformed', `field ${field} of its ${name} twice`, place);
      fields.add(field);
      const kind = this.#schema[name][field];
      if (kind === undefined)
        throw new ScanError('unsupported', `field ${field} of its ${name} is not known here`, place);
      const type = header & 15;
      if (kind.startsWith('[')) this.#list(kind.slice(1), type, name);
      else {
        const value = this.#value(kind, type, name, true);
        if (typeof value === 'number') numbers.set(field, value);
        else if (value !== null) texts.set(field, value);
      }
    }
    this.#events.struct({ name, numbers, texts, fields, at });
  }

  #list(kind: string, type: number, name: S): void {
    if (type !== LIST) throw this.#other(name);
    const header = this.#byte();
    const count = header >> 4 === 15 ? this.#varint() : header >> 4;
    // Each takes a byte at least.
    if (count > this.#bytes.length - this.#at)
      throw new ScanError('malformed', `a list of ${count}`, this.#base + this.#at);
    for (let index = 0; index < count; index += 1) {
      if ((index & 1023) === 0) this.#events.tick();
      this.#value(kind, header & 15, name, false);
    }
  }

  /** A number, where a text stands, or null for what was passed by. */
  #value(kind: string, type: number, name: S, inField: boolean): number | Span | null {
    if (kind === 'text' || kind === 'data') {
      if (type !== BINARY) throw this.#other(name);
      const span = this.#binary();
      return kind === 'text' ? span : null;
    }
    if (kind === 'number') return this.#number(type, name, inField);
    if (type !== STRUCT) throw this.#other(name);
    const inner = this.#nameOf(kind.slice(1));
    this.#struct(inner);
    return null;
  }

  #nameOf(text: string): S {
    for (const name in this.#schema) if (name === text) return name;
    throw new Error(`the schema has no ${text}`);
  }

  #number(type: number, name: S, inField: boolean): number {
    if (type === TRUE || type === FALSE) {
      // The flag of a field is its type.
      if (inField) return type === TRUE ? 1 : 0;
      return this.#byte() === 1 ? 1 : 0;
    }
    if (type === BYTE) return this.#byte();
    if (type > BYTE && type < DOUBLE) return this.#signed();
    if (type !== DOUBLE) throw this.#other(name);
    this.#skip(8);
    return 0;
  }

  #binary(): Span {
    const length = this.#varint();
    const start = this.#base + this.#at;
    this.#skip(length);
    return { start, end: start + length };
  }

  #skip(length: number): void {
    if (length > this.#bytes.length - this.#at)
      throw new ScanError('malformed', `a length of ${length} bytes goes past the end`, this.#base + this.#at);
    this.#at += length;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new ScanError('malformed', 'it ends too early', this.#base + this.#at);
    this.#at += 1;
    return byte;
  }

  /** Above 2⁵³ it loses its low bits, which no offset or length can have. */
  #varint(): number {
    let value = 0;
    for (let index = 0; index < MAX_VARINT; index += 1) {
      const byte = this.#byte();
      value += (byte & 127) * 2 ** (7 * index);
      if (byte < 128) return value;
    }
    throw new ScanError('malformed', 'a number of more than 10 bytes', this.#base + this.#at);
  }

  #signed(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  #other(name: S): ScanError {
    return new ScanError('malformed', `a field of its ${name} is of another type`, this.#base + this.#at);
  }
}

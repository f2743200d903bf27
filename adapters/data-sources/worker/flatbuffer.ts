/** What is no FlatBuffer, or points beyond its end. */
export class FlatbufferError extends Error {
  override readonly name = 'FlatbufferError';
}

/** Structs of one size, one behind the other. */
export interface Structs {
  readonly count: number;
  /** Little-endian bytes of one of them. @throws FlatbufferError */
  at(index: number): DataView;
}

/**
 * A table of a FlatBuffer (https://flatbuffers.dev/internals/), read in place. Its bytes are hostile: what points beyond
 * them is an error, where the package that Arrow's own reader uses goes on with zeros.
 */
export class FlatTable {
  readonly #view: DataView;
  readonly #at: number;
  readonly #fields: number;
  readonly #count: number;

  private constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = multiple(at, 4);
    const start = multiple(at - view.getInt32(at, true), 2);
    const bytes = multiple(view.getUint16(start, true), 2);
    if (bytes < 4 || start + bytes > view.byteLength) throw new FlatbufferError(BEYOND);
    if (at + view.getUint16(start + 2, true) > view.byteLength) throw new FlatbufferError(BEYOND);
    this.#fields = start + 4;
    this.#count = (bytes - 4) >> 1;
  }

  /** @throws FlatbufferError */
  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return inside(() => new FlatTable(view, view.getUint32(0, true)));
  }

  /** Of a field that holds 8 bits. @throws FlatbufferError */
  byte(field: number): number {
    return this.#scalar(field, (at) => this.#view.getUint8(at), 0);
  }

  short(field: number, absent = 0): number {
    return this.#scalar(field, (at) => this.#view.getInt16(multiple(at, 2), true), absent);
  }

  int(field: number, absent = 0): number {
    return this.#scalar(field, (at) => this.#view.getInt32(multiple(at, 4), true), absent);
  }

  long(field: number): bigint {
    return this.#scalar(field, (at) => this.#view.getBigInt64(multiple(at, 8), true), 0n);
  }

  /** Null where the field is absent. @throws FlatbufferError */
  table(field: number): FlatTable | null {
    return this.#scalar<FlatTable | null>(field, (at) => new FlatTable(this.#view, this.#target(at)), null);
  }

  /** A text; null where it is absent. @throws FlatbufferError where it is not UTF-8 */
  text(field: number): string | null {
    const bytes = this.bytes(field);
    // Many fields may point at one text.
    if (bytes !== null && bytes.length > MAX_TEXT)
      throw new FlatbufferError(`it holds a text of ${bytes.length} bytes`);
    return bytes === null ? null : inside(() => UTF8.decode(bytes));
  }

  /** A text as it stands there, which a NUL ends; null where it is absent. @throws FlatbufferError */
  bytes(field: number): Uint8Array | null {
    return this.#scalar<Uint8Array | null>(
      field,
      (at) => {
        const start = multiple(this.#target(at), 4);
        const length = this.#view.getUint32(start, true);
        const part = this.#part(start + 4, length + 1);
        if (part[length] !== 0) throw new FlatbufferError('it holds a text that does not end');
        return part.subarray(0, length);
      },
      null,
    );
  }

  /** @throws FlatbufferError */
  structs(field: number, size: number): Structs {
    const { start, count } = this.#vector(field, size);
    return {
      count,
      at: (index) => {
        const { buffer, byteOffset, byteLength } = this.#part(start + index * size, size);
        return new DataView(buffer, byteOffset, byteLength);
      },
    };
  }

  /** @throws FlatbufferError */
  tables(field: number): { readonly count: number; at(index: number): FlatTable } {
    const { start, count } = this.#vector(field, 4);
    return { count, at: (index) => inside(() => new FlatTable(this.#view, this.#target(start + index * 4))) };
  }

  #scalar<T>(field: number, read: (at: number) => T, absent: T): T {
    return inside(() => {
      const offset = field < this.#count ? this.#view.getUint16(this.#fields + field * 2, true) : 0;
      return offset === 0 ? absent : read(this.#at + offset);
    });
  }

  /** A vector must lie within the bytes, so its length is no bomb. */
  #vector(field: number, size: number): { readonly start: number; readonly count: number } {
    const place = this.#scalar(field, (at) => this.#target(at), -1);
    if (place < 0) return { start: 0, count: 0 };
    const count = inside(() => this.#view.getUint32(multiple(place, 4), true));
    this.#part(place + 4, count * size);
    return { start: place + 4, count };
  }

  #target(at: number): number {
    const offset = this.#view.getUint32(multiple(at, 4), true);
    if (offset === 0) throw new FlatbufferError('it points at itself');
    return at + offset;
  }

  #part(start: number, length: number): Uint8Array<ArrayBufferLike> {
    if (start + length > this.#view.byteLength) throw new FlatbufferError(BEYOND);
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + start, length);
  }
}

/** In bytes. */
const MAX_TEXT = 65_536;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const BEYOND = 'it points beyond its end';

/** Readers in other languages go by addresses, and refuse what doesn't begin at a multiple of its size. */
function multiple(at: number, size: number): number {
  if (at % size !== 0) throw new FlatbufferError('what it holds doesn’t lie where it must');
  return at;
}

function inside<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new FlatbufferError(BEYOND, { cause: error });
    if (error instanceof TypeError) throw new FlatbufferError('it holds a text that is not UTF-8', { cause: error });
    throw error;
  }
}

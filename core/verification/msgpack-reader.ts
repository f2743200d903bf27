import { Cursor } from './cursor.ts';
import { ScanError, type Source } from './format.ts';

const MAX_KEY = 4096;
/** Keys of an array as msgpack-numpy writes it. */
const PARTS: ReadonlySet<string> = new Set(['nd', 'type', 'kind', 'shape', 'data', 'complex']);
export type Value =
  | { readonly kind: 'plain' }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text' | 'bytes'; readonly start: number; readonly length: number }
  | { readonly kind: 'list' | 'map'; readonly count: number }
  | { readonly kind: 'extension'; readonly type: number; readonly start: number; readonly length: number };

/** Values one after another; what is long is skipped. */
export class MsgpackReader {
  readonly #cursor: Cursor;

  constructor(file: Source, start: number, end: number) {
    this.#cursor = new Cursor(file, start, end);
  }

  get position(): number {
    return this.#cursor.position;
  }

  get atEnd(): boolean {
    return this.#cursor.atEnd;
  }

  /** The count of a list, whose values follow. @throws ScanError */
  list(): number {
    const at = this.position;
    const value = this.value();
    if (value.kind !== 'list') throw new ScanError('malformed', 'expected a list', at);
    return value.count;
  }

  /** @throws ScanError where it is no short text */
  key(): string {
    const at = this.position;
    const key = this.value();
    if (key.kind !== 'text' || key.length > MAX_KEY)
      throw new ScanError('unsupported', 'MessagePack with keys that are no short texts', at);
    return this.text(key);
  }

  /** Of a mapping: a text, a number, or a part of an array, whose name is bytes. @throws ScanError for others */
  anyKey(): { readonly name: string; readonly isPart: boolean } {
    const at = this.position;
    const key = this.value();
    if (key.kind === 'number') return { name: `\0${this.#written(at)}`, isPart: false };
    const short = (key.kind === 'text' || key.kind === 'bytes') && key.length <= MAX_KEY;
    const name = short ? this.text(key) : '';
    const isPart = key.kind === 'bytes' && PARTS.has(name);
    if (!short || (key.kind === 'bytes' && !isPart))
      throw new ScanError('unsupported', 'MessagePack with keys that are no short texts or numbers', at);
    return { name, isPart };
  }

  /** The bytes that a number was written as, for large ones lose their low bits. */
  #written(at: number): string {
    return Buffer.from(this.#cursor.at(at, this.position - at)).toString('hex');
  }

  /** Of the whole numbers in a list. @throws ScanError */
  product(): number {
    let product = 1;
    for (let left = this.list(); left > 0; left -= 1) {
      const at = this.position;
      const length = this.value();
      if (length.kind !== 'number' || !Number.isInteger(length.value) || length.value < 0)
        throw new ScanError('malformed', 'expected whole numbers as the shape of an array', at);
      product *= length.value;
    }
    return product;
  }

  text({ start, length }: { readonly start: number; readonly length: number }): string {
    return Buffer.from(this.#cursor.at(start, length)).toString();
  }

  /** Behind it, but for lists and mappings, whose parts follow. @throws ScanError */
  value(): Value {
    const at = this.position;
    const code = this.#cursor.byte();
    if (code <= 0x7f) return { kind: 'number', value: code };
    if (code <= 0x8f) return { kind: 'map', count: code & 15 };
    if (code <= 0x9f) return { kind: 'list', count: code & 15 };
    if (code <= 0xbf) return this.#span('text', code & 31);
    if (code >= 0xe0) return { kind: 'number', value: code - 256 };
    switch (code) {
      case 0xc0:
      case 0xc2:
      case 0xc3:
        return { kind: 'plain' };
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#span('bytes', this.#unsigned(2 ** (code - 0xc4)));
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(this.#unsigned(2 ** (code - 0xc7)));
      case 0xca:
      case 0xcb:
        return this.#float(code === 0xca ? 4 : 8);
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xcf:
        return { kind: 'number', value: this.#unsigned(2 ** (code - 0xcc)) };
      case 0xd0:
      case 0xd1:
      case 0xd2:
      case 0xd3:
        return this.#signed(2 ** (code - 0xd0));
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(2 ** (code - 0xd4));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#span('text', this.#unsigned(2 ** (code - 0xd9)));
      case 0xdc:
      case 0xdd:
        return { kind: 'list', count: this.#unsigned(code === 0xdc ? 2 : 4) };
      case 0xde:
      case 0xdf:
        return { kind: 'map', count: this.#unsigned(code === 0xde ? 2 : 4) };
      default:
        throw new ScanError('malformed', 'a byte that MessagePack never uses', at);
    }
  }

  #span(kind: 'text' | 'bytes', length: number): Value {
    const start = this.position;
    this.#cursor.skip(length);
    return { kind, start, length };
  }

  #extension(length: number): Value {
    const type = Buffer.from(this.#cursor.bytes(1)).readInt8();
    const start = this.position;
    this.#cursor.skip(length);
    return { kind: 'extension', type, start, length };
  }

  #float(size: 4 | 8): Value {
    const bytes = Buffer.from(this.#cursor.bytes(size));
    return { kind: 'number', value: size === 4 ? bytes.readFloatBE() : bytes.readDoubleBE() };
  }

  /** Above 2⁵³ it loses its low bits, which no length can have. */
  #unsigned(size: number): number {
    return this.#cursor.bytes(size).reduce((value, byte) => value * 256 + byte, 0);
  }

  #signed(size: number): Value {
    const bytes = Buffer.from(this.#cursor.bytes(size));
    return { kind: 'number', value: size === 8 ? Number(bytes.readBigInt64BE()) : bytes.readIntBE(0, size) };
  }
}

import { Cursor } from '../cursor.ts';
import { scanEmbedded } from '../embedded-text.ts';
import {
  evidenceOf,
  type Format,
  type FormatVerdict,
  type ScanContext,
  ScanError,
  type Source,
  slice,
} from '../format.ts';
import { PickleScan } from '../pickle/scan.ts';

/** A mapping by short names, as Flax and spaCy write it, or by hashes to small numbers, as spaCy does. */
const BEGIN =
  /^(?:[\x81-\x8f]|\xde..|\xdf....)(?:\xa1\w[\x80-\x9f\xc0-\xdf]|(?:[\xa2-\xbf]|\xd9.)\w[\w/. -]|\xcf.{8}[\0-\x7f\xcc-\xce])/s;
const EMPTY = 0x80;
const MAX_DEPTH = 64;
const MAX_KEY = 4096;
/** Bytes by which content is told. */
const HEAD = 256;
/** Bytes up to which a text holds no pickle that does anything. */
const SHORT = 16;
/** `_MsgpackExtType` of flax/serialization.py. */
const ARRAY = 1;
const COMPLEX = 2;
const SCALAR = 3;
/** Bytes of a number, by the name that NumPy and ml_dtypes give its type. */
const NUMBERS: ReadonlyMap<string, number> = new Map([
  ...['bool', 'int8', 'uint8', 'int4', 'uint4', 'int2', 'uint2'].map((name) => [name, 1] as const),
  ...['float8_e4m3fn', 'float8_e4m3fnuz', 'float8_e4m3b11fnuz', 'float8_e4m3', 'float8_e3m4'].map(
    (name) => [name, 1] as const,
  ),
  ...['float8_e5m2', 'float8_e5m2fnuz', 'float8_e8m0fnu', 'float4_e2m1fn'].map((name) => [name, 1] as const),
  ...['int16', 'uint16', 'float16', 'bfloat16'].map((name) => [name, 2] as const),
  ...['int32', 'uint32', 'float32'].map((name) => [name, 4] as const),
  ...['int64', 'uint64', 'float64', 'complex64'].map((name) => [name, 8] as const),
  ['complex128', 16],
]);

type Value =
  | { readonly kind: 'plain' }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text' | 'bytes'; readonly start: number; readonly length: number }
  | { readonly kind: 'list' | 'map'; readonly count: number }
  | { readonly kind: 'extension'; readonly type: number; readonly start: number; readonly length: number };

/** Keys of an array as msgpack-numpy writes it. */
const PARTS: ReadonlySet<string> = new Set(['nd', 'type', 'kind', 'shape', 'data', 'complex']);
/** Numbers by the name of their type in NumPy, with the bytes of each. */
const TYPE = /^[<>=|][biufc](1|2|4|8|16)$/;

/**
 * Parameters as Flax saves them, and spaCy: mappings and lists of arrays, numbers and texts, walked to the last byte without
 * reading an array. Arrays of objects, which msgpack-numpy unpickles, are findings; other bytes are MessagePack themselves,
 * or files of their own.
 *
 * Format: https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export const msgpack: Format = {
  name: 'msgpack',
  rules: [],
  detect: (head, file) =>
    BEGIN.test(Buffer.from(head.subarray(0, 20)).toString('latin1')) || (file.size === 1 && head[0] === EMPTY),
  scan: (file, context): FormatVerdict => {
    const reader = new Reader(file, 0, file.size);
    walk(reader, file, context, 0);
    if (!reader.atEnd)
      throw new ScanError('malformed', `${file.size - reader.position} bytes after the value`, reader.position);
    return { format: 'msgpack', verdict: 'clean', notes: [] };
  },
};

function walk(reader: Reader, file: Source, context: ScanContext, depth: number): void {
  context.tick();
  const at = reader.position;
  if (depth > MAX_DEPTH) throw new ScanError('unsupported', `values in one another more than ${MAX_DEPTH} deep`, at);
  const value = reader.value();
  if (value.kind === 'list')
    for (let index = 0; index < value.count; index += 1) walk(reader, file, context, depth + 1);
  else if (value.kind === 'map') mapping(reader, file, context, depth, value.count);
  else if (value.kind === 'text') {
    const text = slice(file, `text@${value.start}`, value.start, value.start + value.length);
    if (value.length >= SHORT) scanEmbedded(text, context);
  } else if (value.kind === 'bytes') content(file, value, context, depth);
  else if (value.kind === 'extension') extension(file, value, at);
}

function mapping(reader: Reader, file: Source, context: ScanContext, depth: number, count: number): void {
  const at = reader.position;
  const keys = new Set<string>();
  const parts = new Map<string, Value>();
  for (let index = 0; index < count; index += 1) {
    const { name, isPart } = reader.anyKey();
    const known = `${isPart}${name}`;
    if (keys.has(known)) throw new ScanError('malformed', `the key ${evidenceOf(name)} twice`, at);
    context.keep(2 * name.length + 64);
    keys.add(known);
    if (isPart && name !== 'shape') parts.set(name, reader.value());
    else if (isPart) parts.set(name, { kind: 'number', value: reader.product() });
    else walk(reader, file, context, depth + 1);
  }
  if (parts.size === 0) return;
  if (parts.size !== keys.size) throw new ScanError('malformed', 'an array with keys of others', at);
  numbers(parts, reader, at);
}

/** An array or number as msgpack-numpy writes it: of no objects, which it unpickles, and of no records. */
function numbers(parts: ReadonlyMap<string, Value>, reader: Reader, at: number): void {
  const [type, kind, shape, data] = ['type', 'kind', 'shape', 'data'].map((name) => parts.get(name));
  if (parts.has('complex') && parts.size === 2 && data?.kind === 'text') return;
  if (kind !== undefined && (kind.kind !== 'bytes' || kind.length > 0))
    throw new ScanError('malformed', 'an array of objects or records', at);
  const size = type?.kind === 'text' && type.length < 8 ? TYPE.exec(reader.text(type))?.[1] : undefined;
  const count = shape === undefined ? 1 : shape.kind === 'number' ? shape.value : -1;
  if (size === undefined || data?.kind !== 'bytes' || data.length !== count * Number(size))
    throw new ScanError('malformed', 'an array whose bytes are not those of its shape and type', at);
}

/** Bytes within: MessagePack once more, as Thinc keeps settings, or a file such as weights of PyTorch. */
function content(
  file: Source,
  { start, length }: { readonly start: number; readonly length: number },
  context: ScanContext,
  depth: number,
): void {
  if (length < SHORT) return;
  const bytes = slice(file, `bytes@${start}`, start, start + length);
  if (!isWhole(bytes, context)) {
    context.inside(bytes);
    return;
  }
  new PickleScan(bytes, context, {}).content(0, length, bytes.read(0, HEAD));
  walk(new Reader(bytes, 0, length), bytes, context, depth + 1);
}

/** Whether bytes are one value, a mapping, list or text, that goes to their end. */
function isWhole(bytes: Source, { tick }: ScanContext): boolean {
  const reader = new Reader(bytes, 0, bytes.size);
  try {
    let open = 1;
    for (; open > 0; open -= 1) {
      tick();
      const value = reader.value();
      if (value.kind === 'list') open += value.count;
      else if (value.kind === 'map') open += 2 * value.count;
    }
    return reader.atEnd;
  } catch (error) {
    if (error instanceof ScanError && error.code === 'malformed') return false;
    throw error;
  }
}

function extension(file: Source, { type, start, length }: Value & { readonly kind: 'extension' }, at: number): void {
  if (type !== ARRAY && type !== COMPLEX && type !== SCALAR)
    throw new ScanError('unsupported', `MessagePack with an extension of type ${type}, which Flax does not have`, at);
  const reader = new Reader(file, start, start + length);
  const parts = reader.list();
  if (type === COMPLEX) {
    if (parts !== 2) throw new ScanError('malformed', 'expected two parts of a complex number', at);
    for (let part = 0; part < parts; part += 1)
      if (reader.value().kind !== 'number') throw new ScanError('malformed', 'expected two numbers', at);
  } else {
    if (parts !== 3) throw new ScanError('malformed', 'expected shape, type and content of an array', at);
    array(reader, at);
  }
  if (!reader.atEnd) throw new ScanError('malformed', 'bytes after an array', reader.position);
}

function array(reader: Reader, at: number): void {
  const count = reader.product();
  const type = reader.key();
  const size = NUMBERS.get(type);
  if (size === undefined) throw new ScanError('malformed', `an array of ${evidenceOf(type)}`, at);
  const content = reader.value();
  if (content.kind !== 'bytes' || content.length !== count * size)
    throw new ScanError('malformed', `an array whose bytes are not those of its shape and type`, at);
}

/** Values one after another; what is long is skipped. */
class Reader {
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

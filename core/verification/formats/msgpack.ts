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
import { MsgpackReader, type Value } from '../msgpack-reader.ts';
import { PickleScan } from '../pickle/scan.ts';

/** A mapping by short names, as Flax and spaCy write it, or by hashes to small numbers, as spaCy does. */
const BEGIN =
  /^(?:[\x81-\x8f]|\xde..|\xdf....)(?:\xa1\w[\x80-\x9f\xc0-\xdf]|(?:[\xa2-\xbf]|\xd9.)\w[\w/. -]|\xcf.{8}[\0-\x7f\xcc-\xce])/s;
const EMPTY = 0x80;
const MAX_DEPTH = 64;
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
    const reader = new MsgpackReader(file, 0, file.size);
    walk(reader, file, context, 0);
    if (!reader.atEnd)
      throw new ScanError('malformed', `${file.size - reader.position} bytes after the value`, reader.position);
    return { format: 'msgpack', verdict: 'clean', notes: [] };
  },
};

function walk(reader: MsgpackReader, file: Source, context: ScanContext, depth: number): void {
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

function mapping(reader: MsgpackReader, file: Source, context: ScanContext, depth: number, count: number): void {
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
function numbers(parts: ReadonlyMap<string, Value>, reader: MsgpackReader, at: number): void {
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
  walk(new MsgpackReader(bytes, 0, length), bytes, context, depth + 1);
}

/** Whether bytes are one value, a mapping, list or text, that goes to their end. */
function isWhole(bytes: Source, { tick }: ScanContext): boolean {
  const reader = new MsgpackReader(bytes, 0, bytes.size);
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
  const reader = new MsgpackReader(file, start, start + length);
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

function array(reader: MsgpackReader, at: number): void {
  const count = reader.product();
  const type = reader.key();
  const size = NUMBERS.get(type);
  if (size === undefined) throw new ScanError('malformed', `an array of ${evidenceOf(type)}`, at);
  const content = reader.value();
  if (content.kind !== 'bytes' || content.length !== count * size)
    throw new ScanError('malformed', `an array whose bytes are not those of its shape and type`, at);
}

import { ScanError } from '../format.ts';

const [FIXED_POINT, FLOAT, TIME, STRING, BITS, OPAQUE, COMPOUND, REFERENCE, ENUM, VARIABLE, ARRAY] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
];
/** Nesting of types in types, which few write beyond two. */
const MAX_NESTING = 8;
/** Of a record, each one of an array counted. */
const MAX_FIELDS = 10_000;
/** Bytes of a reference to a heap. */
const REFERENCE_WIDTH = 16;

/** A text, or bytes of no type, in each element. */
export interface TextField {
  /** `variable` ones are references to a heap, of 16 bytes each. */
  readonly kind: 'fixed' | 'variable';
  /** Bytes from the begin of the element. */
  readonly at: number;
  /** Bytes. */
  readonly width: number;
  /** Bytes of what a `variable` one counts by: 1 for texts, else those of an element of the sequence. */
  readonly unit: number;
}

/** Where in the elements of a dataset or attribute texts lie. */
export interface TextLayout {
  /** Bytes from one element to the next. */
  readonly stride: number;
  /** None for numbers. */
  readonly fields: readonly TextField[];
}

/** Of a datatype message (section IV.A.2.d). @throws ScanError where it is cut, or nested too deeply */
export function textLayoutOf(type: Buffer, offset: number): TextLayout {
  return read(type, offset, 0).layout;
}

/** Whether each element is one byte, a number or bits. */
export function isOfBytes(type: Buffer): boolean {
  const kind = (type[0] ?? 0) & 0x0f;
  return type.length >= 8 && (kind === FIXED_POINT || kind === BITS) && type.readUInt32LE(4) === 1;
}

interface Read {
  readonly layout: TextLayout;
  /** Bytes of the message itself. */
  readonly length: number;
}

function read(type: Buffer, offset: number, nesting: number): Read {
  if (nesting >= MAX_NESTING) throw new ScanError('unsupported', 'types nested too deeply', offset);
  if (type.length < 8) throw new ScanError('malformed', 'a type that is cut', offset);
  const kind = type.readUInt8(0) & 0x0f;
  const width = type.readUInt32LE(4);
  const plain = (length: number): Read => ({ layout: { stride: width, fields: [] }, length });
  const one = (field: TextField['kind'], length: number, unit = 1): Read => {
    const size = field === 'variable' ? REFERENCE_WIDTH : width;
    return { layout: { stride: size, fields: size === 0 ? [] : [{ kind: field, at: 0, width: size, unit }] }, length };
  };
  switch (kind) {
    case FIXED_POINT:
    case BITS:
      return plain(12);
    case FLOAT:
      return plain(20);
    case TIME:
      return plain(10);
    case STRING:
      return one('fixed', 8);
    case OPAQUE:
      return one('fixed', 8 + type.readUInt8(1));
    case REFERENCE:
      return plain(8);
    case ENUM:
      return plain(enumLength(type, offset, nesting));
    case VARIABLE: {
      const text = (type.readUInt8(1) & 0x0f) === 1;
      // What a text is made of matters to nobody.
      if (text && type.length < 16) return one('variable', type.length);
      const base = read(type.subarray(8), offset, nesting + 1);
      const isText = text || isOfBytes(type.subarray(8)) || base.layout.fields.length > 0;
      if (base.layout.fields.some((field) => field.kind === 'variable'))
        throw new ScanError('unsupported', 'texts of variable length in sequences', offset);
      return isText ? one('variable', 8 + base.length, text ? 1 : base.layout.stride) : plain(8 + base.length);
    }
    case ARRAY:
      return readArray(type, offset, nesting);
    case COMPOUND:
      return readCompound(type, offset, nesting);
    default:
      throw new ScanError('unsupported', `a type of the unknown class ${kind}`, offset);
  }
}

function versionOf(type: Buffer): number {
  return type.readUInt8(0) >> 4;
}

function readArray(type: Buffer, offset: number, nesting: number): Read {
  const rank = byteAt(type, 8, offset);
  const start = versionOf(type) < 3 ? 12 + 8 * rank : 9 + 4 * rank;
  const base = read(type.subarray(start), offset, nesting + 1);
  const stride = type.readUInt32LE(4);
  const { fields, stride: step } = base.layout;
  const length = start + base.length;
  if (fields.length === 0) return { layout: { stride, fields: [] }, length };
  const count = step === 0 ? 0 : Math.floor(stride / step);
  return { layout: { stride, fields: repeated(fields, count, step, offset) }, length };
}

function repeated(fields: readonly TextField[], count: number, step: number, offset: number): readonly TextField[] {
  if (count * fields.length > MAX_FIELDS) throw new ScanError('unsupported', 'a record of too many texts', offset);
  return Array.from({ length: count }, (_, index) =>
    fields.map((field) => ({ ...field, at: field.at + index * step })),
  ).flat();
}

function readCompound(type: Buffer, offset: number, nesting: number): Read {
  const version = versionOf(type);
  if (version < 1 || version > 4) throw new ScanError('unsupported', 'a record of an unknown version', offset);
  const stride = type.readUInt32LE(4);
  const fields: TextField[] = [];
  let at = 8;
  for (let left = type.readUInt16LE(1); left > 0; left -= 1) {
    at = afterName(type, at, version, offset);
    const size = version < 3 ? 4 : bytesFor(stride);
    if (at + size > type.length) throw new ScanError('malformed', 'a record that is cut', offset);
    const place = type.readUIntLE(at, size);
    // The first version has the dimensions of a member itself; what has some is an array of the type that follows.
    const rank = version === 1 ? byteAt(type, at + 4, offset) : 0;
    const sizes = Array.from({ length: Math.min(rank, 4) }, (_, index) => wordAt(type, at + 16 + 4 * index, offset));
    at += version === 1 ? 32 : size;
    const member = read(type.subarray(at), offset, nesting + 1);
    at += member.length;
    const count = sizes.reduce((product, length) => product * length, 1);
    const { fields: inner, stride: step } = member.layout;
    const all = rank > 0 ? repeated(inner, count, step, offset) : inner;
    for (const field of all) fields.push({ ...field, at: place + field.at });
    if (fields.length > MAX_FIELDS) throw new ScanError('unsupported', 'a record of too many texts', offset);
    if (fields.some((field) => field.at + field.width > stride))
      throw new ScanError('malformed', 'a text that is not in its record', offset);
  }
  return { layout: { stride, fields }, length: at };
}

function enumLength(type: Buffer, offset: number, nesting: number): number {
  const base = read(type.subarray(8), offset, nesting + 1);
  const version = versionOf(type);
  let at = 8 + base.length;
  const count = type.readUInt16LE(1);
  for (let left = count; left > 0; left -= 1) at = afterName(type, at, version, offset);
  return at + count * base.layout.stride;
}

/** Names end in zero; before the third version they are padded to eight bytes. */
function afterName(type: Buffer, start: number, version: number, offset: number): number {
  const end = type.indexOf(0, start);
  if (end < 0) throw new ScanError('malformed', 'a name that is cut', offset);
  return version < 3 ? start + Math.ceil((end + 1 - start) / 8) * 8 : end + 1;
}

/** As few as hold a number. */
function bytesFor(size: number): number {
  return size < 2 ** 8 ? 1 : size < 2 ** 16 ? 2 : size < 2 ** 24 ? 3 : 4;
}

function byteAt(type: Buffer, at: number, offset: number): number {
  const byte = type[at];
  if (byte === undefined) throw new ScanError('malformed', 'a type that is cut', offset);
  return byte;
}

function wordAt(type: Buffer, at: number, offset: number): number {
  if (at + 4 > type.length) throw new ScanError('malformed', 'a type that is cut', offset);
  return type.readUInt32LE(at);
}

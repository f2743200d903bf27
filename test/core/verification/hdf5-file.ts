export const NONE = 0xffff_ffff_ffff_ffffn;
export const u16 = (value: number): Buffer => Buffer.from([value & 255, value >> 8]);
export const u32 = (value: number): Buffer => Buffer.concat([u16(value & 0xffff), u16(value >>> 16)]);
export const u64 = (value: number | bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
export const join = (...parts: (Uint8Array | string)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
export const pad = (bytes: Uint8Array, to = 8): Buffer =>
  join(bytes, Buffer.alloc(Math.ceil(bytes.length / to) * to - bytes.length));

/** A message of version 1. */
export const message = (type: number, data: Uint8Array, flags = 0): Buffer => {
  const padded = pad(data);
  return join(u16(type), u16(padded.length), Buffer.from([flags, 0, 0, 0]), padded);
};
export const header = (...messages: Buffer[]): Buffer => {
  const body = join(...messages);
  return join(Buffer.from([1, 0]), u16(messages.length), u32(1), u32(body.length), u32(0), body);
};

export const ROOT = 96;
export interface Shape {
  readonly size?: number;
  readonly driver?: bigint;
  readonly version?: number;
}

/** A file with a superblock of version 0, the root's header at 96, and what follows it. */
export function fileWith(messages: readonly Buffer[], rest: Uint8Array = Buffer.alloc(0), shape: Shape = {}): Buffer {
  const body = join(header(...messages), rest);
  const { size = ROOT + body.length, driver = NONE, version = 0 } = shape;
  const start = join('\x89HDF\r\n\x1a\n', Buffer.from([version, 0, 0, 0, 0, 8, 8, 0]), u16(4), u16(16), u32(0));
  const addresses = join(u64(0), u64(NONE), u64(size), u64(driver), u64(0), u64(ROOT), u32(0), u32(0));
  return join(start, addresses, Buffer.alloc(16), body);
}

export const STRING = 0x13;
export const NUMBER = 0x10;
export const attribute = (name: string, type: number, size: number, value: Uint8Array, bits = 0): Buffer =>
  message(
    0x0c,
    join(
      Buffer.from([1, 0]),
      u16(name.length + 1),
      u16(8),
      u16(8),
      pad(join(name, '\0')),
      Buffer.from([type, bits, 0, 0]),
      u32(size),
      Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]),
      value,
    ),
  );
export const fixed = (name: string, text: string): Buffer => attribute(name, STRING, text.length, Buffer.from(text));
export const LAMBDA = '{"class_name": "Lambda", "config": {}}';
export const DENSE = '{"class_name": "Dense", "config": {}}';

/** An attribute whose text lies in a heap right behind the header of the root. */
export function inHeap(text: string): Buffer {
  const attributeAt = (heap: number): Buffer =>
    attribute('model_config', 0x19, 16, join(u32(text.length), u64(heap), u32(1)), 1);
  const heapAt = ROOT + header(attributeAt(0)).length;
  const object = join(u16(1), u16(1), u32(0), u64(text.length), pad(Buffer.from(text)));
  const size = 16 + object.length + 16;
  return fileWith([attributeAt(heapAt)], join('GCOL\x01\0\0\0', u64(size), object, Buffer.alloc(16)));
}

/** A group of the old kind that holds one object, whose header has the messages. */
export function group(...messages: Buffer[]): Buffer {
  const table = (tree: number): Buffer => message(0x11, join(u64(tree), u64(0)));
  const tree = ROOT + header(table(0)).length;
  const symbols = tree + 24 + 16;
  const object = symbols + 8 + 40;
  return fileWith(
    [table(tree)],
    join(
      join('TREE\0\0', u16(1), u64(NONE), u64(NONE), u64(0), u64(symbols)),
      join('SNOD\x01\0', u16(1), u64(0), u64(object), u32(0), u32(0), Buffer.alloc(16)),
      header(...messages),
    ),
  );
}
export const CONTIGUOUS = message(0x08, join(Buffer.from([3, 1]), u64(NONE), u64(0)));
export const deflate = message(
  0x0b,
  join(Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]), u16(1), u16(0), u16(1), u16(1), u32(4), u32(0)),
);
/** The filter that h5py brings itself. */
export const lzf = message(0x0b, Buffer.from([2, 1, 0x00, 0x7d, 0, 0, 0, 0, 0, 0]));
export const plugin = message(0x0b, join(Buffer.from([2, 1]), u16(32_001), u16(0), u16(0), u16(0)));

/** Of fixed-length texts of so many bytes. */
export const textType = (width: number, kind = STRING): Buffer =>
  message(0x03, join(Buffer.from([kind, 0, 0, 0]), u32(width)));
const space = (count: number): Buffer => message(0x01, join(Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]), u64(count)));

/** A dataset of texts of one width in a group, in its header. */
export const compact = (text: string, width = text.length): Buffer =>
  group(
    textType(width),
    space(text.length / width),
    message(0x08, join(Buffer.from([3, 0]), u16(text.length), Buffer.from(text))),
  );

/** Such a dataset elsewhere, of the size that its layout says. */
export function contiguous(text: string, width = text.length, size = text.length): Buffer {
  const file = (address: number): Buffer =>
    group(
      textType(width),
      space(text.length / width),
      message(0x08, join(Buffer.from([3, 1]), u64(address), u64(size))),
      message(0, Buffer.from(text)),
    );
  return file(file(0).indexOf(text));
}

/** Such a dataset as one chunk, as filters left it. */
export function chunked(
  stored: Uint8Array,
  length: number,
  filters: Buffer,
  type = textType(length),
  version = 3,
): Buffer {
  const file = (tree: number, chunk: number): Buffer =>
    group(
      type,
      space(1),
      message(0x08, join(Buffer.from([version, 2, 2]), u64(tree), u32(1), u32(length))),
      filters,
      message(
        0,
        join(
          'TREE\x01\0',
          u16(1),
          u64(NONE),
          u64(NONE),
          u32(stored.length),
          u32(0),
          u64(0),
          u64(0),
          u64(chunk),
          Buffer.alloc(24),
        ),
      ),
      message(0, stored),
    );
  const first = file(0, 0);
  return file(first.indexOf('TREE\x01'), first.indexOf(stored));
}

/** A dataset of one record of a number and a text, which has a name; its type is of the third version. */
export function records(name: string, text: string): Buffer {
  const type = join(
    Buffer.from([0x36, 2, 0, 0]),
    u32(4 + text.length),
    join('id\0', Buffer.from([0, NUMBER, 0, 0, 0]), u32(4), u16(0), u16(32)),
    join(name, '\0', Buffer.from([4, STRING, 0, 0, 0]), u32(text.length)),
  );
  const value = join(u32(1), text);
  return group(message(0x03, type), space(1), message(0x08, join(Buffer.from([3, 0]), u16(value.length), value)));
}

/** A dataset of one text of variable length, in a heap; of a sequence of bytes with the `kind` 0. */
export function variable(text: string, kind = 1): Buffer {
  const object = join(u16(1), u16(1), u32(0), u64(text.length), pad(Buffer.from(text)));
  const heap = join('GCOL\x01\0\0\0', u64(16 + object.length + 16), object, Buffer.alloc(16));
  const file = (address: number): Buffer =>
    group(
      message(0x03, join(Buffer.from([0x19, kind, 0, 0]), u32(16), Buffer.from([0x10, 0, 0, 0]), u32(1), u32(0x80000))),
      space(1),
      message(0x08, join(Buffer.from([3, 0]), u16(16), u32(text.length), u64(address), u32(1))),
      message(0, heap),
    );
  return file(file(0).indexOf('GCOL'));
}

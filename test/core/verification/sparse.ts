import { closeSync, ftruncateSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { ScannableFile } from '../../../core/verification/format.ts';
import {
  EMPTY_DICT,
  EMPTY_TUPLE,
  global,
  int64,
  MARK,
  pickleOf,
  proto,
  REDUCE,
  SETITEM,
  STOP,
  TUPLE,
  text,
} from './assembler.ts';

/** Large files that take no room on disk: all but the headers are holes. */

interface Part {
  readonly name: string;
  /** Bytes of a tensor, or what the entry holds. */
  readonly content: number | Uint8Array;
}

/** What `torch.save` writes for a dictionary of so many tensors of bytes (`torch/serialization.py`). */
export function writeCheckpoint(path: string, tensors: number, bytes: number): void {
  const keys = Array.from({ length: tensors }, (_, index) => String(index));
  const pickle = pickleOf(
    proto(2),
    EMPTY_DICT,
    ...keys.flatMap((key) => [text(key), tensor(key, bytes), SETITEM]),
    STOP,
  );
  writeZip(path, [
    { name: 'archive/data.pkl', content: pickle },
    ...keys.map((key) => ({ name: `archive/data/${key}`, content: bytes })),
    { name: 'archive/version', content: Buffer.from('3\n') },
  ]);
}

function tensor(key: string, bytes: number): Buffer {
  const count = pickleOf('\x8a\x06', int64(bytes).subarray(0, 6));
  return pickleOf(
    global('torch._utils', '_rebuild_tensor_v2'),
    MARK,
    pickleOf(MARK, text('storage'), global('torch', 'ByteStorage'), text(key), text('cpu'), count, TUPLE, 'Q'),
    pickleOf('K\0', count, '\x85', 'K\x01\x85', '\x89'),
    pickleOf(global('collections', 'OrderedDict'), EMPTY_TUPLE, REDUCE),
    TUPLE,
    REDUCE,
  );
}

/** One tensor of bytes. */
export function writeSafetensors(path: string, bytes: number): void {
  const header = Buffer.from(
    JSON.stringify({ 'encoder.weight': { dtype: 'U8', shape: [bytes], data_offsets: [0, bytes] } }),
  );
  const padded = Buffer.concat([header, Buffer.alloc((8 - (header.length % 8)) % 8, ' ')]);
  const file = openSync(path, 'w');
  writeSync(file, Buffer.concat([int64(padded.length), padded]));
  ftruncateSync(file, 8 + padded.length + bytes);
  closeSync(file);
}

/** Stored entries, each with its sizes in a zip64 field. */
function writeZip(path: string, parts: readonly Part[]): void {
  const file = openSync(path, 'w');
  let at = 0;
  const directory = parts.map(({ name, content }) => {
    const start = at;
    const size = typeof content === 'number' ? content : content.length;
    const crc = typeof content === 'number' ? 0 : crc32(content);
    const local = header('PK\x03\x04', name, crc, pickleOf(int64(size), int64(size)));
    writeSync(file, local, 0, local.length, at);
    if (typeof content !== 'number') writeSync(file, content, 0, content.length, at + local.length);
    at += local.length + size;
    return header('PK\x01\x02', name, crc, pickleOf(int64(size), int64(size), int64(start)));
  });
  const end = Buffer.concat([...directory, endOf(parts.length, Buffer.concat(directory).length, at)]);
  writeSync(file, end, 0, end.length, at);
  closeSync(file);
}

function header(magic: string, name: string, crc: number, large: Buffer): Buffer {
  const central = magic === 'PK\x01\x02';
  const fixed = Buffer.alloc(central ? 46 : 30);
  fixed.write(magic, 'latin1');
  const at = central ? 16 : 14;
  fixed.writeUInt16LE(45, at - 10);
  fixed.writeUInt32LE(crc, at);
  fixed.writeUInt32LE(0xffffffff, at + 4);
  fixed.writeUInt32LE(0xffffffff, at + 8);
  fixed.writeUInt16LE(name.length, at + 12);
  fixed.writeUInt16LE(large.length + 4, at + 14);
  if (central) fixed.writeUInt32LE(0xffffffff, 42);
  const field = Buffer.alloc(4);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(large.length, 2);
  return Buffer.concat([fixed, Buffer.from(name), field, large]);
}

/** The end of the directory, with 64 bits and without (APPNOTE 6.3.10, sections 4.3.14 to 4.3.16). */
function endOf(count: number, size: number, start: number): Buffer {
  const end64 = pickleOf('PK\x06\x06', int64(44), '\x2d\0\x2d\0', Buffer.alloc(8));
  const numbers = pickleOf(int64(count), int64(count), int64(size), int64(start));
  const locator = pickleOf('PK\x06\x07', Buffer.alloc(4), int64(start + size), '\x01\0\0\0');
  const end = pickleOf('PK\x05\x06', Buffer.alloc(4), Buffer.alloc(4, 255), Buffer.alloc(8, 255), '\0\0');
  return Buffer.concat([end64, numbers, locator, end]);
}

/** A file on disk that counts what is read of it. */
export function countingFile(path: string): { file: ScannableFile; read: () => number; close: () => void } {
  const descriptor = openSync(path, 'r');
  let count = 0;
  const read = (offset: number, length: number, into = new Uint8Array(length)): Uint8Array => {
    const found = readSync(descriptor, into, 0, length, offset);
    count += found;
    return into.subarray(0, found);
  };
  return {
    file: { path, size: statSync(path).size, sha256: '0'.repeat(64), read },
    read: () => count,
    close: () => closeSync(descriptor),
  };
}

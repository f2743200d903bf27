import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ScannableFile } from '../../../core/verification/format.ts';
import { scanFiles } from '../../../core/verification/scan.ts';

export function fileOf(path: string, content: Uint8Array | string): ScannableFile {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { path, size: bytes.length, sha256, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/** Each rule that the scan of one file fires, once. */
export function rulesOf(content: Uint8Array): string[] {
  return [...new Set(scanFiles([fileOf('file', content)]).findings.map(({ rule }) => rule))];
}

/** A protobuf field: numbers as varints, everything else length-delimited. */
export function field(number: number, value: number | string | Uint8Array): Buffer {
  if (typeof value === 'number') return Buffer.concat([varint(number * 8), varint(value)]);
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

export const message = (...fields: Uint8Array[]): Buffer => Buffer.concat(fields);
export const opset = (domain: string, version = 17): Buffer => field(8, message(field(1, domain), field(2, version)));
export const node = (operator: string, domain = '', ...more: Uint8Array[]): Buffer =>
  field(1, message(field(1, 'x'), field(2, 'y'), field(4, operator), field(7, domain), ...more));
export const graph = (...parts: Uint8Array[]): Buffer => field(7, message(...parts, field(2, 'g')));

/** A ModelProto: IR version 9, operator set 17 of ONNX, and the given parts. */
export function model(...parts: Uint8Array[]): Buffer {
  return message(field(1, 9), field(2, 'sample'), opset(''), ...parts);
}

export interface ZipEntry {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly localName?: string;
  readonly flags?: number;
  readonly method?: number;
  readonly declaredSize?: number;
  readonly unixMode?: number;
  readonly localSize?: number;
  /** Fields behind the name: in the local header, and in the directory. */
  readonly localExtra?: Buffer;
  readonly extra?: Buffer;
}

/** A zip archive of stored entries, as wrong as asked for. */
export function zipOf(entries: readonly ZipEntry[], comment = ''): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const content = Buffer.from(entry.content);
    const local = localHeader(entry, content);
    directory.push(directoryHeader(entry, content, offset));
    locals.push(local, content);
    offset += local.length + content.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...locals, ...directory, end, Buffer.from(comment)]);
}

function localHeader(entry: ZipEntry, content: Buffer): Buffer {
  const name = Buffer.from(entry.localName ?? entry.name);
  const header = Buffer.alloc(30);
  header.write('PK\x03\x04', 0, 'latin1');
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(entry.flags ?? 0, 6);
  header.writeUInt16LE(entry.method ?? 0, 8);
  header.writeUInt32LE(crc32(content), 14);
  header.writeUInt32LE(entry.localSize ?? content.length, 18);
  header.writeUInt32LE(entry.declaredSize ?? entry.localSize ?? content.length, 22);
  header.writeUInt16LE(name.length, 26);
  const extra = entry.localExtra ?? Buffer.alloc(0);
  header.writeUInt16LE(extra.length, 28);
  return Buffer.concat([header, name, extra]);
}

function directoryHeader(entry: ZipEntry, content: Buffer, offset: number): Buffer {
  const name = Buffer.from(entry.name);
  const header = Buffer.alloc(46);
  header.write('PK\x01\x02', 0, 'latin1');
  header.writeUInt16LE(entry.flags ?? 0, 8);
  header.writeUInt16LE(entry.method ?? 0, 10);
  header.writeUInt32LE(crc32(content), 16);
  header.writeUInt32LE(content.length, 20);
  header.writeUInt32LE(entry.declaredSize ?? content.length, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt32LE(((entry.unixMode ?? 0) << 16) >>> 0, 38);
  header.writeUInt32LE(offset, 42);
  const extra = entry.extra ?? Buffer.alloc(0);
  header.writeUInt16LE(extra.length, 30);
  return Buffer.concat([header, name, extra]);
}

import { readExactly, ScanError, type Source, startsWith } from '../format.ts';

export const SIGNATURE = '\x89HDF\r\n\x1a\n';
/** An address that is none. */
export const UNDEFINED = 2 ** 64;
const MAX_HEADER = 64 * 2 ** 20;
const MAX_BLOCKS = 1000;
/** Of one object; version 1 counts them in 16 bits. */
const MAX_MESSAGES = 65_535;

export interface Superblock {
  /** Addresses of object headers. */
  readonly roots: readonly number[];
  /** Where the file says that it ends. */
  readonly end: number;
}

/** Addresses and lengths of 8 bytes. Above 2⁵³ they lose bits, and are past the end of any file either way. */
export function number64(bytes: Buffer, at: number): number {
  if (at + 8 > bytes.length) throw new ScanError('malformed', 'a structure of HDF5 is cut', 0);
  return Number(bytes.readBigUInt64LE(at));
}

/** The superblock, versions 0 to 3 (HDF5 File Format Specification 3.0, section II.A). @throws ScanError */
export function readSuperblock(file: Source): Superblock {
  const bytes = Buffer.from(readExactly(file, 0, 48));
  const version = bytes.readUInt8(8);
  if (version > 3) throw new ScanError('unsupported', `version ${version} of the superblock`, 8);
  const sizes = version < 2 ? 13 : 9;
  if (bytes.readUInt8(sizes) !== 8 || bytes.readUInt8(sizes + 1) !== 8)
    throw new ScanError('unsupported', 'addresses or lengths that are not of 8 bytes', sizes);
  if (version >= 2) {
    if (number64(bytes, 12) !== 0) throw new ScanError('malformed', 'a base address other than 0', 12);
    const extension = number64(bytes, 20);
    const roots = [number64(bytes, 36), ...(extension >= UNDEFINED - 1 ? [] : [extension])];
    return { roots, end: number64(bytes, 28) };
  }
  const at = version === 0 ? 24 : 28;
  const rest = Buffer.from(readExactly(file, at, 72));
  if (number64(rest, 0) !== 0) throw new ScanError('malformed', 'a base address other than 0', at);
  if (number64(rest, 24) < UNDEFINED - 1) throw new ScanError('unsupported', 'a file in several parts', at + 24);
  return { roots: [number64(rest, 40)], end: number64(rest, 16) };
}

export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly data: Buffer;
  /** Of the data, in the file. */
  readonly offset: number;
}

/** All messages of an object header, versions 1 and 2, with its continuations (sections IV.A.1). @throws ScanError */
export function readMessages(file: Source, address: number): readonly Message[] {
  const start = Buffer.from(readExactly(file, address, 16));
  const modern = startsWith(start, 'OHDR');
  if (!modern && start.readUInt8(0) !== 1) throw new ScanError('malformed', 'no object header', address);
  const first = modern ? modernBlock(file, address) : { at: address + 16, size: start.readUInt32LE(8), head: 8 };
  const blocks = [first];
  const messages: Message[] = [];
  let total = 0;
  for (let index = 0; index < blocks.length; index += 1) {
    const block = blocks[index] ?? first;
    total += block.size;
    if (blocks.length > MAX_BLOCKS || total > MAX_HEADER)
      throw new ScanError('too_large', 'an object header of too many bytes', address);
    for (const message of readBlock(file, block)) {
      if (messages.length >= MAX_MESSAGES)
        throw new ScanError('too_large', 'an object header of too many messages', address);
      messages.push(message);
      if (message.type === 0x10) blocks.push(continuation(file, message, modern, first.head));
    }
  }
  return messages;
}

interface Block {
  readonly at: number;
  readonly size: number;
  /** Bytes before the data of a message: 8, or 4 or 6 in version 2. */
  readonly head: number;
}

function modernBlock(file: Source, address: number): Block {
  const bytes = Buffer.from(file.read(address, 40));
  if (bytes.length < 14 || bytes.readUInt8(4) !== 2) throw new ScanError('unsupported', 'an unknown header', address);
  const flags = bytes.readUInt8(5);
  const at = 6 + ((flags & 0x20) !== 0 ? 16 : 0) + ((flags & 0x10) !== 0 ? 4 : 0);
  const width = 1 << (flags & 3);
  if (at + width > bytes.length) throw new ScanError('malformed', 'an object header that is cut', address);
  const size = width === 8 ? number64(bytes, at) : bytes.readUIntLE(at, width);
  return { at: address + at + width, size, head: (flags & 4) !== 0 ? 6 : 4 };
}

function continuation(file: Source, { data, offset }: Message, modern: boolean, head: number): Block {
  const at = number64(data, 0);
  const size = number64(data, 8);
  if (!modern) return { at, size, head };
  if (size < 8 || !startsWith(readExactly(file, at, 4), 'OCHK'))
    throw new ScanError('malformed', 'no continuation of an object header', offset);
  return { at: at + 4, size: size - 8, head };
}

function readBlock(file: Source, { at, size, head }: Block): readonly Message[] {
  if (size > MAX_HEADER) throw new ScanError('too_large', 'an object header of too many bytes', at);
  const bytes = Buffer.from(readExactly(file, at, size));
  const messages: Message[] = [];
  let position = 0;
  while (position + head <= bytes.length) {
    const type = head === 8 ? bytes.readUInt16LE(position) : bytes.readUInt8(position);
    const length = bytes.readUInt16LE(position + (head === 8 ? 2 : 1));
    const flags = bytes.readUInt8(position + (head === 8 ? 4 : 3));
    const start = position + head;
    if (start + length > bytes.length)
      throw new ScanError('malformed', 'a message goes past its object header', at + position);
    if (messages.length >= MAX_MESSAGES) throw new ScanError('too_large', 'an object header of too many messages', at);
    messages.push({ type, flags, data: bytes.subarray(start, start + length), offset: at + start });
    position = start + length;
  }
  return messages;
}

import { readExactly, ScanError, type Source, startsWith } from '../format.ts';
import { type Message, number64 } from './header.ts';

const SOFT_LINK = 2;
const MAX_NODES = 200_000;
/** Parts that overlap could list the same bytes again and again. */
const MAX_MEMBERS = 1_000_000;

/** Headers of what a group of the old kind holds: a B-tree of symbol tables (sections III.A.1, III.C). @throws ScanError */
export function membersOf(file: Source, { data, offset }: Message, tick: () => void): readonly number[] {
  const open = [number64(data, 0)];
  const seen = new Set<number>();
  const members: number[] = [];
  for (let address = open.pop(); address !== undefined; address = open.pop()) {
    tick();
    if (seen.has(address)) throw new ScanError('malformed', 'a group that holds a part of itself', offset);
    seen.add(address);
    if (seen.size > MAX_NODES || members.length > MAX_MEMBERS || open.length > MAX_MEMBERS)
      throw new ScanError('too_large', 'a group of too many parts', offset);
    const head = Buffer.from(readExactly(file, address, 8));
    if (startsWith(head, 'SNOD')) members.push(...symbols(file, address, head.readUInt16LE(6)));
    else if (startsWith(head, 'TREE') && head[4] === 0) open.push(...children(file, address, head.readUInt16LE(6)));
    else throw new ScanError('malformed', 'neither a tree nor a table of symbols', address);
  }
  return members;
}

function children(file: Source, address: number, count: number): readonly number[] {
  const bytes = Buffer.from(readExactly(file, address + 24, 16 * count));
  return Array.from({ length: count }, (_, index) => number64(bytes, 16 * index + 8));
}

function symbols(file: Source, address: number, count: number): readonly number[] {
  const bytes = Buffer.from(readExactly(file, address + 8, 40 * count));
  const headers: number[] = [];
  for (let at = 0; at < bytes.length; at += 40) {
    const cache = bytes.readUInt32LE(at + 16);
    if (cache > SOFT_LINK) throw new ScanError('malformed', 'an unknown kind of symbol', address + 8 + at);
    if (cache !== SOFT_LINK) headers.push(number64(bytes, at + 8));
  }
  return headers;
}

export type Link = { readonly kind: 'hard'; readonly address: number } | { readonly kind: 'soft' | 'foreign' };

/** A link message (section IV.A.2.g). @throws ScanError */
export function readLink({ data, offset }: Message): Link {
  if (data.length < 4 || data[0] !== 1) throw new ScanError('unsupported', 'an unknown link', offset);
  const flags = data.readUInt8(1);
  let at = 2;
  const type = (flags & 8) !== 0 ? data.readUInt8(at) : 0;
  at += ((flags & 8) !== 0 ? 1 : 0) + ((flags & 4) !== 0 ? 8 : 0) + ((flags & 0x10) !== 0 ? 1 : 0);
  const width = 1 << (flags & 3);
  if (at + width > data.length) throw new ScanError('malformed', 'a link that is cut', offset);
  const length = width === 8 ? number64(data, at) : data.readUIntLE(at, width);
  if (type === 0) return { kind: 'hard', address: number64(data, at + width + length) };
  return { kind: type === 1 ? 'soft' : 'foreign' };
}

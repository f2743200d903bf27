import { RepoPath } from '../../names.ts';
import {
  evidenceOf,
  type Format,
  type FormatVerdict,
  HEAD_SIZE,
  type Note,
  type Rule,
  readExactly,
  type ScanContext,
  ScanError,
  type Source,
  slice,
  startsWith,
} from '../format.ts';
import { isTarHeader } from '../tar/header.ts';
import { pickle } from './pickle.ts';

const BLOCK = 512;
/** Of a pax header or a long name. */
const MAX_EXTENDED = 1 << 20;

const TAR_RULES: readonly Rule[] = [
  {
    id: 'tar-slip',
    title: 'A name that leaves the folder',
    why: 'Unpacking it writes over other files.',
    cves: ['CVE-2007-4559'],
  },
  { id: 'tar-link', title: 'A link', why: 'Unpacking it lets later members write anywhere.', cves: ['CVE-2025-4517'] },
  { id: 'tar-special', title: 'A device, pipe or sparse file', why: 'Readers differ in what they make of it.' },
  { id: 'tar-duplicate', title: 'Two members of one name', why: 'One reader sees the member that another does not.' },
  { id: 'tar-trailing-data', title: 'Data behind the archive', why: 'The file is something else to other readers.' },
];

/** Tape archives (POSIX ustar and pax, GNU's long names). What the members hold is scanned; links and devices are findings. */
export const tar: Format = {
  name: 'tar',
  rules: TAR_RULES,
  detect: (head) => startsWith(head, 'ustar', 257) || isTarHeader(head),
  scan: (file, context): FormatVerdict => {
    const notes: Note[] = [];
    // The first name may be opcodes, and PyTorch asks whether a file is a tar before it unpickles it.
    if (pickle.detect(file.read(0, HEAD_SIZE), file, new Uint8Array(0)))
      context.insideAs(slice(file, 'pickle', 0, file.size), 'pickle', (inner) => pickle.scan(inner, context));
    if (!startsWith(file.read(0, BLOCK), 'ustar', 257))
      throw new ScanError('unsupported', 'a tar without the mark of POSIX or GNU', 0);
    walk(file, context, notes);
    return { format: 'tar', verdict: notes.length > 0 ? 'finding' : 'clean', notes: notes.slice(0, 50) };
  },
};

/** What extended headers say of the next member. */
interface Pending {
  readonly name?: string;
  readonly size?: number;
}

function walk(file: Source, context: ScanContext, notes: Note[]): void {
  const names = new Set<string>();
  let pending: Pending = {};
  for (let at = 0; ; ) {
    context.tick();
    const header = Buffer.from(readExactly(file, at, BLOCK));
    if (header.every((byte) => byte === 0)) {
      if (pending.name !== undefined || pending.size !== undefined)
        throw new ScanError('malformed', 'an extended header without a member', at);
      checkEnd(file, at, notes);
      return;
    }
    checkSum(header, at);
    const type = String.fromCharCode(header[156] ?? 0);
    checkSlack(header, type, at);
    const isExtended = type === 'x' || type === 'g' || type === 'L' || type === 'K';
    // What an extended header says is about the member, never about another extended header in between.
    const size = (isExtended ? undefined : pending.size) ?? numberOf(header.subarray(124, 136), at);
    const start = at + BLOCK;
    if (size > file.size - start) throw new ScanError('malformed', `a member of ${size} bytes goes past the end`, at);
    const next = start + Math.ceil(size / BLOCK) * BLOCK;
    checkPadding(file, start + size, next);
    if (isExtended) {
      const more = extended(file, type, start, size, at, notes);
      const twice =
        (more.name !== undefined && pending.name !== undefined) ||
        (more.size !== undefined && pending.size !== undefined);
      // The first one counts to Python, and the last one to others.
      if (twice) throw new ScanError('malformed', 'two extended headers that name one member', at);
      pending = { ...pending, ...more };
      at = next;
      continue;
    }
    member(file, { type, size, start, at, name: pending.name ?? nameOf(header) }, names, context, notes);
    pending = {};
    at = next;
  }
}

interface Member {
  readonly type: string;
  readonly name: string;
  readonly size: number;
  readonly start: number;
  readonly at: number;
}

function member(file: Source, found: Member, names: Set<string>, context: ScanContext, notes: Note[]): void {
  const { type, name, size, start, at } = found;
  const add = (rule: string, message: string): void => {
    if (notes.length < 50) notes.push(noteOf(rule, message, at, name));
  };
  const plain = name.replace(/^\.\//, '').replace(/\/+$/, '');
  const folder = type === '5';
  if (!(folder && (plain === '' || plain === '.')) && (!RepoPath.safeParse(plain).success || plain.includes('\uFFFD')))
    add('tar-slip', 'its name is absolute, leaves the folder or is unsafe');
  const folded = plain.normalize('NFKC').toLowerCase();
  if (names.has(folded)) add('tar-duplicate', 'a member occurs twice');
  context.keep(2 * folded.length + 64);
  names.add(folded);
  if (type === '1' || type === '2') add('tar-link', 'it is a link');
  else if (folder ? size > 0 : (type !== '0' && type !== '\0') || name.endsWith('/'))
    add('tar-special', `it is of type ${evidenceOf(type)}, no plain file or folder`);
  if (size > 0 || type === '0' || type === '\0') context.inside(slice(file, name, start, start + size));
}

function noteOf(rule: string, message: string, offset: number, name: string): Note {
  const fix = 'Write the archive again from plain files, or leave the files themselves.';
  return { rule, severity: 'high', message, fix, offset, evidence: evidenceOf(name) };
}

/** Long names of GNU, and pax's records of the name and size; records of times and owners say nothing of the content. */
function extended(file: Source, type: string, start: number, size: number, at: number, notes: Note[]): Pending {
  if (size > MAX_EXTENDED) throw new ScanError('malformed', `an extended header of ${size} bytes`, at);
  const bytes = Buffer.from(readExactly(file, start, size));
  if (type === 'K') return {};
  if (type === 'L') return { name: upToZero(bytes) };
  let pending: Pending = {};
  for (const [key, value] of paxRecords(bytes, at)) {
    if (key.startsWith('GNU.sparse')) notes.push(noteOf('tar-special', 'a sparse file', at, key));
    if (key !== 'path' && key !== 'size') continue;
    if (type === 'g') throw new ScanError('malformed', `a ${key} for all members`, at);
    if (key === 'path') pending = { ...pending, name: value };
    else if (/^\d{1,15}$/.test(value)) pending = { ...pending, size: Number(value) };
    else throw new ScanError('malformed', 'a size that is no number', at);
  }
  return pending;
}

/** `<length> <key>=<value>\n`, the length in bytes and of the whole record. */
function paxRecords(bytes: Buffer, at: number): readonly (readonly [string, string])[] {
  const records: (readonly [string, string])[] = [];
  for (let from = 0; from < bytes.length; ) {
    const digits = /^(\d{1,7}) /.exec(bytes.toString('latin1', from, from + 8))?.[1];
    const length = Number(digits ?? 0);
    const end = from + length;
    const body = bytes.toString('utf8', from + (digits?.length ?? 0) + 1, end - 1);
    const equals = body.indexOf('=');
    if (digits === undefined || end > bytes.length || length < digits.length + 4 || bytes[end - 1] !== 10 || equals < 1)
      throw new ScanError('malformed', 'a pax record that can’t be read', at);
    records.push([body.slice(0, equals), body.slice(equals + 1)]);
    from = end;
  }
  return records;
}

function nameOf(header: Buffer): string {
  const name = upToZero(header.subarray(0, 100));
  const found = upToZero(header.subarray(345, 500));
  // GNU's old headers keep times where POSIX has the prefix, which Python takes for one.
  const prefix = startsWith(header, 'ustar\0', 257) || !/^[0-7 ]*$/.test(found) ? found : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function upToZero(bytes: Buffer): string {
  const zero = bytes.indexOf(0);
  return bytes.toString('utf8', 0, zero < 0 ? bytes.length : zero);
}

/** What no reader asks for may be another file: behind the end of a name, and where only links have something. */
function checkSlack(header: Buffer, type: string, at: number): void {
  for (const [start, end] of [
    [0, 100],
    [157, 257],
    [265, 297],
    [297, 329],
  ] as const) {
    const field = header.subarray(start, end);
    const zero = field.indexOf(0);
    const stray = zero >= 0 && field.subarray(zero).some((byte) => byte !== 0);
    if (stray || (start === 157 && zero !== 0 && type !== '1' && type !== '2'))
      throw new ScanError('malformed', 'a header with bytes in it that belong to nothing', at);
  }
}

/** What fills the last block of a member is no part of it: another file could begin there. */
function checkPadding(file: Source, start: number, end: number): void {
  const filled = readExactly(file, start, Math.max(0, Math.min(end, file.size) - start));
  if (filled.some((byte) => byte !== 0))
    throw new ScanError('malformed', 'bytes behind a member that belong to nothing', start);
}

/** Octal, or for large sizes of GNU binary. */
function numberOf(field: Buffer, at: number): number {
  // The field of the checksum has 8 bytes and no binary form.
  if (field[0] === 0x80 && field.length === 12) {
    const value = Number(field.readBigUInt64BE(4));
    if (Number.isSafeInteger(value) && field.readUInt32BE(0) === 0x80000000) return value;
  }
  const digits = /^ *([0-7]{1,12})[ \0]*$/.exec(field.toString('latin1'))?.[1];
  if (digits === undefined) throw new ScanError('malformed', 'a size that is no number', at);
  return Number.parseInt(digits, 8);
}

/** The sum of all bytes with the field itself as spaces. */
function checkSum(header: Buffer, at: number): void {
  let sum = 0;
  for (const [index, byte] of header.entries()) sum += index >= 148 && index < 156 ? 32 : byte;
  if (!startsWith(header, 'ustar', 257) || numberOf(header.subarray(148, 156), at) !== sum)
    throw new ScanError('malformed', 'a header without its mark or with a wrong checksum', at);
}

/** Two blocks of zeros, then as many more as make whole records. */
function checkEnd(file: Source, start: number, notes: Note[]): void {
  if (file.size - start < 2 * BLOCK) throw new ScanError('malformed', 'the end of the archive is missing', start);
  // Records have 20 blocks, 1 MiB at the most.
  const zeros = readExactly(file, start, Math.min(file.size - start, 1 << 20));
  const stray = zeros.findIndex((byte) => byte !== 0);
  if (stray >= 0 || file.size - start > zeros.length)
    notes.push({
      ...noteOf('tar-trailing-data', 'data behind the end of the archive', start, ''),
      offset: start + Math.max(stray, 0),
    });
}

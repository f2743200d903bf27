/** Headers of our tar archives (POSIX.1-2017, pax interchange format), written and read in one form only. */

export interface TarEntry {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly executable: boolean;
}

export const BLOCK = 512;
/** The largest size that eleven octal digits hold; above it, a pax record says the size. */
const MAX_OCTAL = 8 ** 11 - 1;
/** Pax records of a path of 1,024 characters and a size fit easily. */
const MAX_PAX = 8 * BLOCK;
const PAX_NAME = 'PaxHeader';

const encoder = new TextEncoder();

/** The header of one file: a pax block before it where name or size don't fit. */
export function entryHeader(entry: TarEntry): Uint8Array {
  const records = paxRecords(entry);
  const name = records.has('path') ? PAX_NAME : entry.path;
  const header = ustar({
    name,
    size: records.has('size') ? 0 : entry.size,
    mode: entry.executable ? 0o755 : 0o644,
    type: '0',
  });
  if (records.size === 0) return header;
  const body = encoder.encode([...records].map(([key, value]) => paxRecord(key, value)).join(''));
  const padded = new Uint8Array(Math.ceil(body.length / BLOCK) * BLOCK);
  padded.set(body);
  return Buffer.concat([ustar({ name: PAX_NAME, size: body.length, mode: 0o644, type: 'x' }), padded, header]);
}

function paxRecords({ path, size }: TarEntry): Map<'path' | 'size', string> {
  const records = new Map<'path' | 'size', string>();
  // A file that is itself called like the placeholder gets a record, or the two could be confused.
  if (!/^[\x20-\x7e]{1,100}$/.test(path) || path === PAX_NAME) records.set('path', path);
  if (size > MAX_OCTAL) records.set('size', String(size));
  return records;
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself, in bytes. */
function paxRecord(key: string, value: string): string {
  const rest = encoder.encode(` ${key}=${value}\n`).length;
  let length = rest + 1;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  return `${length} ${key}=${value}\n`;
}

interface Fields {
  readonly name: string;
  readonly size: number;
  readonly mode: number;
  readonly type: '0' | 'x';
}

function ustar({ name, size, mode, type }: Fields): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (text: string, at: number): void => {
    block.set(encoder.encode(text), at);
  };
  put(name, 0);
  put(octal(mode, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(size, 11), 124);
  put(octal(0, 11), 136);
  put(' '.repeat(8), 148);
  put(type, 156);
  put('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${octal(sum, 6)}\0 `, 148);
  return block;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

/** How many bytes the header at the start of these takes, or that more must be read to know. */
export function headerSpan(bytes: Uint8Array): number | 'more' | 'malformed' {
  if (bytes.length < BLOCK) return 'more';
  if (bytes[156] !== 0x78) return BLOCK;
  const size = readOctal(bytes, 124);
  if (size === null || size === 0 || size > MAX_PAX) return 'malformed';
  return 2 * BLOCK + Math.ceil(size / BLOCK) * BLOCK;
}

/**
 * Reads a header of the span that `headerSpan` gave. Null unless it is, byte for byte, what `entryHeader` writes for the
 * entry that it describes: that one comparison covers types, links, owners, times, checksums and every unused byte.
 */
export function readHeader(bytes: Uint8Array): TarEntry | null {
  const header = bytes.subarray(bytes.length - BLOCK);
  const mode = readOctal(header, 100, 7);
  const records = bytes.length > BLOCK ? readPax(bytes) : new Map<string, string>();
  if (records === null || (mode !== 0o644 && mode !== 0o755)) return null;
  const path = records.get('path') ?? readText(header.subarray(0, 100));
  const size = records.has('size') ? Number(records.get('size')) : readOctal(header, 124);
  if (path === null || size === null || !Number.isSafeInteger(size) || size < 0) return null;
  const entry = { path, size, executable: mode === 0o755 };
  return Buffer.compare(entryHeader(entry), bytes) === 0 ? entry : null;
}

function readPax(bytes: Uint8Array): Map<string, string> | null {
  const size = readOctal(bytes, 124);
  const text = size === null ? null : readText(bytes.subarray(BLOCK, BLOCK + size));
  if (text === null) return null;
  const records = new Map<string, string>();
  // A path holds no line end, so records can be cut at them; the comparison with our own form checks the rest.
  for (const line of text.split('\n').slice(0, -1)) {
    const match = /^\d{1,5} (path|size)=(.*)$/s.exec(line);
    if (match === null) return null;
    records.set(match[1] ?? '', match[2] ?? '');
  }
  return records;
}

function readText(bytes: Uint8Array): string | null {
  const end = bytes.indexOf(0);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      end === -1 ? bytes : bytes.subarray(0, end),
    );
  } catch {
    return null;
  }
}

function readOctal(bytes: Uint8Array, at: number, digits = 11): number | null {
  const text = Buffer.from(bytes.subarray(at, at + digits)).toString('latin1');
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : null;
}

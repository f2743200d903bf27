import { readExactly, ScanError, type Source } from '../format.ts';

/** Bytes of text that are read at once, and between two places that are known. */
const STEP = 65_536;

/**
 * The bytes that text in UTF-8 stands for where each of its characters is one, as protocol 2 writes bytes.
 *
 * @throws ScanError for text with other characters, for which Python raises
 */
export function latinOf(text: Source, tick: () => void): Source {
  /** Bytes before each step of the text. */
  const places: number[] = [];
  let size = 0;
  for (let at = 0; at < text.size; at += STEP) {
    tick();
    places.push(size);
    size += checked(text, at);
  }
  return {
    path: text.path,
    size,
    read: (offset, length) => {
      const end = Math.min(offset + length, size);
      const parts: Buffer[] = [];
      let step = stepOf(places, offset);
      for (let at = offset; at < end; step += 1) {
        const from = places[step] ?? 0;
        const until = Math.min(end, places[step + 1] ?? size);
        parts.push(plain(text, step * STEP).subarray(at - from, until - from));
        at = until;
      }
      return parts.length === 1 ? (parts[0] ?? new Uint8Array(0)) : Buffer.concat(parts);
    },
  };
}

/** Begins of gzip, xz, Zstandard and zlib as characters, the ones that are no bytes of text first. */
const CONTAINERS: readonly Uint8Array[] = [
  '\x1f\xc2\x8b\x08',
  '\xc3\xbd7zXZ',
  '(\xc2\xb5/\xc3\xbd',
  'x\xc2\x9c',
  'x\xc3\x9a',
  'x^',
  'x\x01',
].map((begin) => Buffer.from(begin, 'latin1'));

/** Whether text may be an archive whose bytes are characters, as protocols before 3 write bytes. */
export function mayBeLatinOf(bytes: Uint8Array, at: number): boolean {
  const first = bytes[at];
  if (first !== 0x78 && first !== 0x1f && first !== 0xc3 && first !== 0x28) return false;
  return CONTAINERS.some((begin) => begin.every((byte, index) => bytes[at + index] === byte));
}

/** The last step that begins at or before an offset. */
function stepOf(places: readonly number[], offset: number): number {
  let [low, high] = [0, places.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((places[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Characters that begin in the step at `start`. */
function checked(text: Source, start: number): number {
  const bytes = readExactly(text, start, Math.min(STEP + 1, text.size - start));
  const end = Math.min(STEP, bytes.length);
  let count = 0;
  for (let at = 0; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x80 && byte < 0xc0) continue;
    count += 1;
    const two = byte === 0xc2 || byte === 0xc3;
    const next = bytes[at + 1] ?? 0;
    if (byte < 0x80 || (two && next >= 0x80 && next < 0xc0)) continue;
    throw new ScanError('malformed', 'text of which no bytes can be made', start + at);
  }
  return count;
}

/** The bytes of the characters that begin in the step at `start`. */
function plain(text: Source, start: number): Buffer {
  const bytes = readExactly(text, start, Math.min(STEP + 1, text.size - start));
  const end = Math.min(STEP, bytes.length);
  const found = Buffer.alloc(end);
  let count = 0;
  for (let at = 0; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x80 && byte < 0xc0) continue;
    found[count] = byte < 0x80 ? byte : ((byte & 3) << 6) | ((bytes[at + 1] ?? 0) & 0x3f);
    count += 1;
  }
  return found.subarray(0, count);
}

import { mayStart, startOf } from './start.ts';

export type Encoding =
  | 'base64'
  | 'base32'
  | 'base85'
  | 'ascii85'
  | 'ascii85 in escapes'
  | 'hex'
  | 'percent'
  | 'escapes';

/** Encodings in one another that are undone; what is encoded once more is not scanned. */
export const MAX_ENCODED = 4;
/** Characters: no encoded pickle that calls something is shorter. */
export const SHORTEST_ENCODED = 20;

const BASE85 = digits('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~');
const ASCII85 = digits(Array.from({ length: 85 }, (_, index) => String.fromCharCode(33 + index)).join(''));
const BASE64 = digits('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
for (const [value, one] of [...'-_'].entries()) BASE64[one.charCodeAt(0)] = 62 + value;
const BASE32 = digits('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567');
const HEX = /^(?:0x|\\x)?[0-9a-f]{2}(?:[\s:,-]{0,2}(?:0x|\\x)?[0-9a-f]{2}){7}/i;

function digits(alphabet: string): Uint8Array {
  const table = new Uint8Array(256).fill(255);
  for (const [value, one] of [...alphabet].entries()) table[one.charCodeAt(0)] = value;
  return table;
}

/** How text may be encoded whose content could be a pickle or an archive, told by its first characters. @param size of the whole text @param letters whether it has no other marks than base64 has */
export function encodingsOf(head: string, size: number, depth = 1, letters = false): readonly Encoding[] {
  const text = withoutFrame(head);
  if (size < SHORTEST_ENCODED || !PRINTABLE.test(text)) return [];
  const found = candidates(text, letters);
  if (depth > MAX_ENCODED) return found;
  return found.filter((encoding) => {
    const few = /^(?:hex|percent|escapes)$/.test(encoding) ? 4 * FEW : FEW;
    if (!couldBe(withoutCut(decode(text.slice(0, few), encoding)), size, null)) return false;
    // What is cut in the head goes on in the text.
    const cut = size > head.length;
    const bytes = decode(text, encoding);
    return couldBe(cut ? withoutCut(bytes) : bytes, cut ? size : null, depth);
  });
}

/** Bytes that a word stands for, by which most words are told: of base64, and of all else. */
const few = new Uint8Array(15);
const LEAST = 8;
/** z: four zeros of ASCII85, where they may stand: behind the first bytes. */
const ZEROS = 0x7a;

/** By character, the alphabets that it is in, as bits. */
const LETTERS_64 = 1;
const LETTERS_32 = 2;
const MARKS_85 = 4;
const ASCII_85 = 8;
const ALPHABETS = new Uint8Array(256).map((_, byte) => {
  const ascii = ASCII85[byte] !== 255 || byte === ZEROS ? ASCII_85 : 0;
  const marks = BASE85[byte] !== 255 ? MARKS_85 : 0;
  return (BASE64[byte] !== 255 ? LETTERS_64 : 0) | (BASE32[byte] !== 255 ? LETTERS_32 : 0) | marks | ascii;
});

/**
 * Whether `encodingsOf` may name anything for a word at a place: at least `SHORTEST_ENCODED` characters without blanks,
 * quotes and backslashes. Files of nothing but digests and numbers are words: text is made of few of them.
 *
 * @param size of the whole text
 */
export function mayBeEncoded(bytes: Uint8Array, at: number, size: number): boolean {
  let may = LETTERS_64 | LETTERS_32 | MARKS_85 | ASCII_85;
  for (let index = 0; index < 16; index += 1) {
    const byte = bytes[at + index] ?? 0;
    // The encoding of addresses.
    if (byte === 0x25) return true;
    may &= (ALPHABETS[byte] ?? 0) | (index >= 14 ? ASCII_85 : 0);
    if (byte !== ZEROS || (may & ASCII_85) === 0) continue;
    if (index < 5) may &= ~ASCII_85;
    else if (index < 10) return true;
  }
  // What stands before the text: `<~` or `data:`.
  if ((may & LETTERS_32) !== 0 || bytes[at] === 0x3c || bytes[at + 4] === 0x3a) return true;
  if ((may & LETTERS_64) !== 0 && couldBeFew(size, putBase64(bytes, at))) return true;
  if ((may & MARKS_85) !== 0 && couldBeFew(size, putBase85(bytes, at, BASE85))) return true;
  if ((may & ASCII_85) !== 0 && couldBeFew(size, putBase85(bytes, at, ASCII85))) return true;
  const hex = putHex(bytes, at);
  return hex === 'prefixed' || couldBeFew(size, hex);
}

/** @param count of the few bytes that are known; 0 for what is not encoded so */
function couldBeFew(size: number, count: number): boolean {
  if (count === 0) return false;
  // An archive of LZMA is told by more bytes than these.
  if (few[0] === 0x5d && few[1] === 0 && few[2] === 0) return true;
  if (startOf(few, size, 0, count) !== null) return true;
  for (let index = 0; index < LEAST; index += 1) if (!isTextual(few[index] ?? 0)) return false;
  return true;
}

/** Whether bytes that begin with this one may be what `couldBeFew` looks for: most are not, and are not decoded further. */
function couldBegin(byte: number): boolean {
  return isTextual(byte) || mayStart(byte);
}

function isTextual(byte: number): boolean {
  return byte < 0x7f && (byte >= 0x20 || (byte >= 9 && byte <= 13));
}

/** @returns how many bytes the letters at a place stand for, of twenty at most */
function putBase64(bytes: Uint8Array, at: number): number {
  let [held, bits, size] = [0, 0, 0];
  for (let index = at; size < few.length; index += 1) {
    const value = BASE64[bytes[index] ?? 0] ?? 255;
    if (value === 255) return size;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    few[size] = held >> bits;
    if (size === 0 && !couldBegin(few[0] ?? 0)) return 0;
    size += 1;
  }
  return size;
}

/** @returns how many bytes it stands for; 0 where it is not base85 */
function putBase85(bytes: Uint8Array, at: number, alphabet: Uint8Array): number {
  for (let word = 0; word < 2; word += 1) {
    let value = 0;
    for (let index = 5 * word; index < 5 * word + 5; index += 1)
      value = value * 85 + (alphabet[bytes[at + index] ?? 0] ?? 0);
    if (value >= 2 ** 32) return 0;
    for (let index = 0; index < 4; index += 1) few[4 * word + index] = value >>> (24 - 8 * index);
    if (word === 0 && !couldBegin(few[0] ?? 0)) return 0;
  }
  return LEAST;
}

/** @returns how many bytes the digits stand for, at most two marks between two; 0 where they are fewer */
function putHex(bytes: Uint8Array, at: number): number | 'prefixed' {
  let index = at;
  for (let size = 0; size < LEAST; size += 1) {
    for (let marks = 0; marks < (size === 0 ? 0 : 2); marks += 1) {
      const byte = bytes[index] ?? 0;
      if (byte === 0x2d || byte === 0x2c || byte === 0x3a || byte === 0x20) index += 1;
    }
    const [high, low] = [digitOf(bytes[index] ?? 0), digitOf(bytes[index + 1] ?? 0)];
    if (high < 0 || low < 0) return ((bytes[index + 1] ?? 0) | 0x20) === 0x78 ? 'prefixed' : 0;
    few[size] = 16 * high + low;
    if (size === 0 && !couldBegin(few[0] ?? 0)) return 0;
    index += 2;
  }
  return LEAST;
}

function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = (byte | 0x20) - 0x61;
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

/** Without what the end of a text that is cut may have been taken for. */
function withoutCut(bytes: Buffer | null): Buffer | null {
  return bytes === null ? null : bytes.subarray(0, Math.max(4, bytes.length - 6));
}

/** Whether bytes may be the begin of a pickle or archive, or of another text that is encoded. @param depth null to look at a few bytes alone */
function couldBe(bytes: Buffer | null, size: number | null, depth: number | null): boolean {
  if (bytes === null || bytes.length < 4) return false;
  if (startOf(bytes, size ?? bytes.length) !== null) return true;
  if (depth === null) return bytes.subarray(0, LEAST).every(isTextual);
  return encodingsOf(bytes.toString('latin1', 0, 256), size ?? bytes.length, depth + 1).length > 0;
}

/** Characters that tell most of what is no encoded pickle. */
const FEW = 20;
const PRINTABLE = /^[\t\n\r\x20-\x7e]{16}/;
const FRAME = /^[\sd"']/;

/** Without what stands before encoded text: blanks, the type of a data URI, a quote. */
function withoutFrame(text: string): string {
  if (!FRAME.test(text)) return text;
  return text
    .trimStart()
    .replace(/^data:[^,\s]{0,100},/, '')
    .replace(/^["'](?=[A-Za-z0-9+/_-]{16})/, '');
}

/** By the characters alone. */
function candidates(text: string, letters: boolean): readonly Encoding[] {
  const found: Encoding[] = [];
  if (/^[A-Za-z0-9+/_-](?:[A-Za-z0-9+/_-]|\s|\\{1,2}[rn]){15}/.test(text)) {
    found.push('base64');
    if (/^[A-Z2-7\s]{16}/.test(text)) found.push('base32');
  }
  if (HEX.test(text)) found.push('hex');
  if (letters) return found;
  if (/^[^\s"',./:[\\\]]{16}/.test(text)) found.push('base85');
  if (/^(?:<~)?[!-u\sz]{14}/.test(text) && !/^\S{0,6} /.test(text)) {
    found.push('ascii85');
    if (text.includes('\\')) found.push('ascii85 in escapes');
  }
  if (/^\S{0,12}%[0-9A-F]{2}/i.test(text)) found.push('percent');
  // A backslash at the end escapes nothing, and would stand there for ever.
  if (/^[^\\]{0,60}\\[\s\S]/.test(text)) found.push('escapes');
  return found;
}

/** The bytes that a text stands for, up to what is no part of the encoding; null where it is none. */
export function decode(framed: string, encoding: Encoding): Buffer | null {
  const text = withoutFrame(framed);
  switch (encoding) {
    case 'base64':
      return Buffer.from(text.includes('\\') ? text.replace(/\\{1,2}[rn]/g, '') : text, 'base64');
    case 'hex':
      return Buffer.from(text.replace(/^["']?0x|\\x|[\s:,-]|["']\s*$/gi, '').replace(/0x/gi, ''), 'hex');
    case 'base32':
      return fromBase32(text);
    case 'base85':
      return fromBase85(text, BASE85);
    case 'ascii85':
      return fromBase85(text.replace(/^<~/, ''), ASCII85);
    case 'ascii85 in escapes':
      return decode(text.replace(/\\(["\\/])/g, '$1'), 'ascii85');
    case 'percent':
      return Buffer.from(
        text
          .replaceAll('+', ' ')
          .replace(/%([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
        'latin1',
      );
    case 'escapes':
      return Buffer.from(unescaped(text.replace(/^[bBrRuU]{0,2}["']/, '').replace(/["']\s*$/, '')), 'latin1');
  }
}

const LETTERS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', b: '\b', a: '\x07' };

/** Escapes of Python and JSON; in texts of texts, they are escaped themselves. */
function unescaped(text: string): string {
  const plain = /\\\\(?:x[0-9a-f]{2}|u00|n)/i.test(text) ? text.replaceAll('\\\\', '\\') : text;
  return plain.replace(
    /\\(?:x([0-9a-f]{2})|u00([0-9a-f]{2})|([0-7]{1,3})|([\s\S]))/gi,
    (_, ...parts: (string | undefined)[]) => {
      const [hex, short, octal, one = ''] = parts;
      const code = hex ?? short;
      if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
      return octal === undefined ? (LETTERS[one] ?? one) : String.fromCharCode(Number.parseInt(octal, 8) & 255);
    },
  );
}

function fromBase32(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(Math.floor((text.length * 5) / 8));
  let [bits, held, size] = [0, 0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const value = BASE32[text.charCodeAt(at) & 255] ?? 255;
    if (value === 255) {
      if (/\s/.test(text[at] ?? '')) continue;
      break;
    }
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[size] = (held >> bits) & 255;
    size += 1;
  }
  return bytes.subarray(0, size);
}

/** Five characters for four bytes; the last few stand for one byte less than they are. */
function fromBase85(text: string, alphabet: Uint8Array): Buffer | null {
  const bytes = Buffer.allocUnsafe(4 * text.length + 4);
  let [size, count, value] = [0, 0, 0];
  const put = (length: number): void => {
    bytes.writeUInt32BE(value % 2 ** 32, size);
    size += length;
    [count, value] = [0, 0];
  };
  for (let at = 0; at < text.length; at += 1) {
    const digit = alphabet[text.charCodeAt(at) & 255] ?? 255;
    if (digit === 255) {
      if (/\s/.test(text[at] ?? '')) continue;
      if (alphabet !== ASCII85 || text[at] !== 'z' || count > 0) break;
      put(4);
      continue;
    }
    value = value * 85 + digit;
    count += 1;
    if (count < 5) continue;
    if (value >= 2 ** 32) return null;
    put(4);
  }
  if (count > 1) {
    const left = count - 1;
    while (count < 5) {
      value = value * 85 + 84;
      count += 1;
    }
    put(left);
  }
  return bytes.subarray(0, size);
}

import { ASCII85, BASE16, BASE32, BASE64, BASE85, isTextual, LEAST, SHORTEST_ENCODED } from './alphabets.ts';
import { mayStartWith, startOf } from './start.ts';

/** Bytes that a word stands for: the first ones, by which most words are told, and then all of a short one. */
const few = new Uint8Array(512);
/** Digits of base64 that are decoded first, for 15 bytes. */
const FIRST_FEW = 20;
/** Characters of a word that is decoded whole, which is no more than is looked at of a longer one. */
const SHORT = 96;
/** Characters by which encodings are told. */
const TOLD = 16;

/** z: four zeros of ASCII85. */
const ZEROS = 0x7a;

/** By two bytes, whether what `couldBeFew` looks for may begin with them, once that was asked for: most words end here. */
const BEGINS = new Uint8Array(65_536);
const NO = 1;
const YES = 2;

function mayBegin(pair: number): boolean {
  const known = BEGINS[pair] ?? 0;
  if (known !== 0) return known === YES;
  const [first, second] = [pair >> 8, pair & 255];
  // An archive of LZMA is told by more bytes than these.
  const may = (isTextual(first) && isTextual(second)) || mayStartWith(first, second) || pair === 0x5d00;
  BEGINS[pair] = may ? YES : NO;
  return may;
}

/**
 * Whether `encodingsOf` may name anything for a word at a place: at least `SHORTEST_ENCODED` characters without blanks,
 * quotes and backslashes. Files of nothing but digests and numbers are words: text is made of few of them.
 *
 * @param size of the whole text
 * @param escapes whether there may be any
 */
export function mayBeEncoded(bytes: Uint8Array, at: number, size: number, escapes = true): boolean {
  const first = bytes[at] ?? 0;
  return (
    mayBe64(bytes, at, size) ||
    mayBe85(bytes, at, size, BASE85) ||
    mayBe85(bytes, at, size, ASCII85) ||
    mayBe16(bytes, at, size) ||
    (BASE32[first] !== 255 && isOf(BASE32, bytes, at, TOLD)) ||
    // What stands before the text: `<~` or `data:`.
    first === 0x3c ||
    (first === 0x64 && bytes[at + 4] === 0x3a) ||
    // The encoding of addresses.
    (escapes && hasOf(PERCENT, bytes, at, at + TOLD))
  );
}

function isOf(alphabet: Uint8Array, bytes: Uint8Array, at: number, count: number): boolean {
  for (let index = at; index < at + count; index += 1) if (alphabet[bytes[index] ?? 0] === 255) return false;
  return true;
}

/** @param count of the few bytes that are known; 0 for what is not encoded so */
function couldBeFew(size: number, count: number): boolean {
  if (count === 0) return false;
  if (few[0] === 0x5d && few[1] === 0 && few[2] === 0) return true;
  return startOf(few, size, 0, count) !== null || isText(count);
}

function isText(count: number): boolean {
  if (count < LEAST) return false;
  for (let index = 0; index < LEAST; index += 1) if (!isTextual(few[index] ?? 0)) return false;
  return true;
}

/** As `couldBeFew`, of all bytes of a short word; text in it may be encoded once more. */
function couldBeAll(count: number): boolean {
  return startOf(few, count, 0, count) !== null || (count >= SHORTEST_ENCODED && isText(count));
}

function mayBe64(bytes: Uint8Array, at: number, size: number): boolean {
  const first = BASE64[bytes[at] ?? 0] ?? 255;
  const second = BASE64[bytes[at + 1] ?? 0] ?? 255;
  const third = BASE64[bytes[at + 2] ?? 0] ?? 255;
  if (first === 255 || second === 255 || third === 255) return false;
  if (!mayBegin((first << 10) | (second << 4) | (third >> 2)) || !isOf(BASE64, bytes, at, TOLD)) return false;
  if (!couldBeFew(size, put64(bytes, at, at + FIRST_FEW))) return false;
  if (!isSeen(bytes, at, size)) return true;
  let end = at + size;
  for (let marks = 0; marks < 2 && bytes[end - 1] === 0x3d; marks += 1) end -= 1;
  return !isOf(BASE64, bytes, at, end - at) || couldBeAll(put64(bytes, at, end));
}

/** Whether a text is short, and all of it is there. */
function isSeen(bytes: Uint8Array, at: number, size: number): boolean {
  return size <= SHORT && at + size <= bytes.length;
}

/** @returns how many bytes the letters at a place stand for, up to another one or to `end` */
function put64(bytes: Uint8Array, at: number, end: number): number {
  let [held, bits, size] = [0, 0, 0];
  for (let index = at; index < end; index += 1) {
    const value = BASE64[bytes[index] ?? 0] ?? 255;
    if (value === 255) return size;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    few[size] = held >> bits;
    size += 1;
  }
  return size;
}

function mayBe85(bytes: Uint8Array, at: number, size: number, alphabet: Uint8Array): boolean {
  const value = wordOf85(bytes, at, at + 5, alphabet);
  if (value < 0 || !mayBegin(Math.floor(value / 65_536))) return false;
  const ascii = alphabet === ASCII85;
  if (!ascii && !isOf(alphabet, bytes, at, TOLD)) return false;
  if (!couldBeFew(size, put85(bytes, at, at + 10, alphabet))) return false;
  if (!isSeen(bytes, at, size)) return true;
  // Blanks are left out, and a quote or a backslash may be no digit.
  return hasOf(ascii ? UNSURE : BLANKS, bytes, at, at + size) || couldBeAll(put85(bytes, at, at + size, alphabet));
}

const PERCENT = tableOf(/%/);
const BLANKS = tableOf(/\s/);
const UNSURE = tableOf(/[\s"'\\]/);
/** What is taken out of hexadecimal digits. */
const MARKS_16 = tableOf(/[\s:,-]/);
const UNSURE_16 = tableOf(/[xX"'\\]/);

function tableOf(pattern: RegExp): Uint8Array {
  return new Uint8Array(256).map((_, byte) => Number(pattern.test(String.fromCharCode(byte))));
}

function hasOf(table: Uint8Array, bytes: Uint8Array, at: number, end: number): boolean {
  for (let index = at; index < end; index += 1) if (table[bytes[index] ?? 0] !== 0) return true;
  return false;
}

/** Four bytes that five digits stand for, as if digits behind `end` were the last one; -1 for none. */
function wordOf85(bytes: Uint8Array, at: number, end: number, alphabet: Uint8Array): number {
  let value = 0;
  for (let index = at; index < at + 5; index += 1) {
    const digit = index < end ? (alphabet[bytes[index] ?? 0] ?? 255) : 84;
    if (digit === 255) return -1;
    value = value * 85 + digit;
  }
  if (value < 2 ** 32) return value;
  return at + 5 <= end ? -1 : value % 2 ** 32;
}

/** @returns how many bytes the digits stand for up to what is none; 0 where they are not base85 */
function put85(bytes: Uint8Array, at: number, end: number, alphabet: Uint8Array): number {
  let size = 0;
  for (let index = at; index < end; ) {
    if (bytes[index] === ZEROS && alphabet === ASCII85) {
      few.fill(0, size, size + 4);
      size += 4;
      index += 1;
      continue;
    }
    let stop = index;
    while (stop < end && stop < index + 5 && alphabet[bytes[stop] ?? 0] !== 255) stop += 1;
    const value = stop === index ? -1 : wordOf85(bytes, index, stop, alphabet);
    if (value < 0) return stop < index + 5 ? size : 0;
    for (let byte = 0; byte < 4; byte += 1) few[size + byte] = value >>> (24 - 8 * byte);
    // The last few stand for one byte less than they are.
    size += Math.min(4, stop - index - 1);
    if (stop < index + 5) return size;
    index = stop;
  }
  return size;
}

/** Hexadecimal digits, at most two marks between two. */
function mayBe16(bytes: Uint8Array, at: number, size: number): boolean {
  let index = at;
  for (let count = 0; count < LEAST; count += 1) {
    for (let marks = 0; marks < (count === 0 ? 0 : 2); marks += 1) if (isMark(bytes[index] ?? 0)) index += 1;
    const [high, low] = [BASE16[bytes[index] ?? 0] ?? 255, BASE16[bytes[index + 1] ?? 0] ?? 255];
    if (high === 255 || low === 255) return bytes[index] === 0x30 && ((bytes[index + 1] ?? 0) | 0x20) === 0x78;
    few[count] = 16 * high + low;
    if (count === 1 && !mayBegin(256 * (few[0] ?? 0) + (few[1] ?? 0))) return false;
    index += 2;
  }
  if (!couldBeFew(size, LEAST)) return false;
  if (!isSeen(bytes, at, size)) return true;
  const count = put16(bytes, at, at + size);
  return count < 0 || couldBeAll(count);
}

function isMark(byte: number): boolean {
  return byte === 0x2d || byte === 0x2c || byte === 0x3a || byte === 0x20;
}

/** @returns how many bytes the digits stand for up to what is none; -1 for what may stand before digits, too */
function put16(bytes: Uint8Array, at: number, end: number): number {
  let [held, size] = [-1, 0];
  for (let index = at; index < end; index += 1) {
    const byte = bytes[index] ?? 0;
    const digit = BASE16[byte] ?? 255;
    if (digit === 255) {
      if (UNSURE_16[byte] !== 0) return -1;
      if (MARKS_16[byte] === 0) return size;
    } else if (held < 0) held = digit;
    else {
      few[size] = 16 * held + digit;
      size += 1;
      held = -1;
    }
  }
  return size;
}

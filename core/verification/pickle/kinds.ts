/** Kinds of bytes in text, as bits: what each look is for stands in few texts, so that one loop spares most of them. */
export const LETTER = 1;
export const MARK = 2;
/** A backslash, or the encoding of addresses. */
export const ESCAPE = 4;
export const HEX = 8;
export const NUMBER = 16;
/** A protocol, or the end of a line of protocol 0: one of them stands in every begin of a pickle. */
export const BEGINS_ONE = 32;
export const QUOTE = 64;
/** Between hexadecimal digits. */
export const BETWEEN = 128;
export const BACKSLASH = 256;
/** Neither blank nor printable ASCII. */
export const OTHER = 512;
export const BLANK = 1024;
/** The last ones of how a pickle in base64 or hexadecimal digits begins: gA and 800. */
export const JOINS = 2048;
/** Of bytes that nobody looked at. */
export const ALL_KINDS = 4095;
/** What stands in no word. */
export const ENDS_WORD = QUOTE | BACKSLASH | OTHER | BLANK;

const KINDS = new Uint16Array(256).map((_, byte) => kindOf(byte));

function kindOf(byte: number): number {
  const one = String.fromCharCode(byte);
  const tests: readonly (readonly [kind: number, of: RegExp])[] = [
    [LETTER, /[A-Za-z0-9+/_-]/],
    [MARK, /(?![A-Za-z0-9+/_"'\\-])[!-~]/],
    [ESCAPE, /[\\%]/],
    [HEX, /[0-9A-Fa-fx\t-\r :,-]/],
    [NUMBER, /[0-9.,:;eE+()[\]-]/],
    [BEGINS_ONE, /[\x80\n]/],
    [QUOTE, /["']/],
    [BETWEEN, /[\t-\r ,:-]/],
    [BACKSLASH, /\\/],
    [OTHER, /[^\t-\r -~]/],
    [BLANK, /[\t-\r ]/],
    [JOINS, /[0A]/],
  ];
  return tests.reduce((kinds, [kind, of]) => (of.test(one) ? kinds | kind : kinds), 0);
}

export function isKind(byte: number, kind: number): boolean {
  return ((KINDS[byte] ?? 0) & kind) !== 0;
}

/** All kinds of bytes that a text has. */
export function kindsOf(bytes: Uint8Array, start: number, end: number): number {
  let kinds = 0;
  for (let at = start; at < end; at += 1) kinds |= KINDS[bytes[at] ?? 0] ?? 0;
  return kinds;
}

/** Begin of the first run of at least so many bytes of a kind, which has one of another kind before it or begins at `from`; -1 for none. */
export function runOf(kind: number, least: number, bytes: Uint8Array, from: number, end: number): number {
  let begin = from;
  while (begin + least <= end) {
    // From behind: what is between two others is not looked at.
    let at = begin + least - 1;
    while (at >= begin && isKind(bytes[at] ?? 0, kind)) at -= 1;
    if (at < begin) return begin;
    begin = at + 1;
  }
  return -1;
}

/** Where a run of a kind ends. */
export function endOf(kind: number, bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && isKind(bytes[at] ?? 0, kind)) at += 1;
  return at;
}

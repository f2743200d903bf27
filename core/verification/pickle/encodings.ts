import { ASCII85, BASE32, BASE85, isTextual, LEAST, SHORTEST_ENCODED } from './alphabets.ts';
import { startOf } from './start.ts';

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
const HEX = /^(?:0x|\\x)?[0-9a-f]{2}(?:[\s:,-]{0,2}(?:0x|\\x)?[0-9a-f]{2}){7}/i;

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

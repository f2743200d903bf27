import { readExactly, type Source, startsWith } from '../format.ts';

/** Bytes; what is encoded and longer is only told by its start. */
const MAX_DECODED = 16 * 2 ** 20;

export type Encoding = 'raw' | 'base64' | 'hex';

/** First bytes of all that is looked for: most text of an ordinary pickle ends here. */
const CANDIDATES = new Uint8Array(256);
for (const first of '\x80c(xP\x1f\x93\xfd\\8517026gHeUYK \n\r\t') CANDIDATES[first.charCodeAt(0)] = 1;

/** Whether content that begins with this byte may be a pickle or an archive, as it is or encoded. */
export function mayHide(first: number): boolean {
  return CANDIDATES[first] === 1;
}

/** How content that could be a pickle or an archive is written, by its first bytes; null for what is neither. */
export function encodingOf(head: Uint8Array): Encoding | null {
  if (CANDIDATES[head[0] ?? 0] === 0) return null;
  if (isStart(head)) return 'raw';
  if (!isPrintable(head)) return null;
  const text = Buffer.from(head).toString('latin1').trimStart();
  if (isHex(text)) return 'hex';
  // 0x80 and a protocol; "c" or "(" of protocol 0; gzip, zlib and zip.
  return /^(?:gA[A-X]|H4sI|eJ[w-z]|eN[o-r]|eA[E-H]|eF[4-7]|UEsDB|[YK][A-Za-z0-9+/_-]{15})/.test(text) && isBase64(text)
    ? 'base64'
    : null;
}

/** Digits, also behind `0x` or `\\x` or with something between bytes; of protocol 0 there is nothing else to go by. */
function isHex(text: string): boolean {
  if (!/^(?:0x|\\x)?(?:80|63|28|50|1f|78)/i.test(text)) return false;
  return /^(?:800[0-5]|(?:504b0304|1f8b08|789c|78da|7801|785e)|(?:63|28)[0-9a-f]{14,}$)/i.test(digitsOf(text));
}

function digitsOf(text: string): string {
  return text.replace(/^0x|\\x|[\s:,-]|['"]\s*$|^['"]/gi, '').replace(/0x/g, '');
}

/** Whether the first bytes are text of ASCII, as all that is encoded is: said before anything slower is asked. */
function isPrintable(head: Uint8Array): boolean {
  for (let at = 0; at < 16 && at < head.length; at += 1) {
    const byte = head[at] ?? 0;
    if (byte > 0x7e || (byte < 0x20 && (byte < 9 || byte > 13))) return false;
  }
  return true;
}

/** Of a pickle, or of what holds one. */
function isStart(head: Uint8Array): boolean {
  const [first = 0, second = 0] = head;
  if (first === 0x80) return second <= 5;
  // Protocol 0 has lines.
  if (first === 0x63 || first === 0x28) return head.includes(10);
  if (first === 0x78) return second === 0x01 || second === 0x5e || second === 0x9c || second === 0xda;
  return ['PK\x03\x04', '\x1f\x8b\x08', '\x93NUMPY', '\xfd7zXZ\0', '(\xb5/\xfd'].some((magic) =>
    startsWith(head, magic),
  );
}

function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/_\-\s]+=*\s*$/.test(text);
}

/** The content itself, decoded where it is encoded; null for what turns out not to be. */
export function decoded(source: Source, start: number, length: number, encoding: Encoding): Uint8Array | null {
  const text = Buffer.from(readExactly(source, start, Math.min(length, MAX_DECODED))).toString('latin1');
  const bytes =
    encoding === 'hex'
      ? Buffer.from(digitsOf(text), 'hex')
      : Buffer.from(text.replace(/\s+/g, '').replaceAll('-', '+').replaceAll('_', '/'), 'base64');
  return bytes.length >= 4 && isStart(bytes) ? bytes : null;
}

/** Bytes as a source of their own. */
export function sourceOf(path: string, bytes: Uint8Array): Source {
  return { path, size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/** Characters: no encoded pickle that calls something is shorter. */
export const SHORTEST_ENCODED = 20;

/** Values of digits by character; 255 for what is none. */
export const BASE85 = digits('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~');
export const ASCII85 = digits(Array.from({ length: 85 }, (_, index) => String.fromCharCode(33 + index)).join(''));
export const BASE64 = digits('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
for (const [value, one] of [...'-_'].entries()) BASE64[one.charCodeAt(0)] = 62 + value;
export const BASE32 = digits('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567');
export const BASE16 = digits('0123456789abcdef');
for (const [value, one] of [...'ABCDEF'].entries()) BASE16[one.charCodeAt(0)] = 10 + value;

function digits(alphabet: string): Uint8Array {
  const table = new Uint8Array(256).fill(255);
  for (const [value, one] of [...alphabet].entries()) table[one.charCodeAt(0)] = value;
  return table;
}

/** Bytes by which text that is encoded once more is told. */
export const LEAST = 8;

export function isTextual(byte: number): boolean {
  return byte < 0x7f && (byte >= 0x20 || (byte >= 9 && byte <= 13));
}

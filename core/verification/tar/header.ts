/** Where the numbers of a header are: mode, owner, group, size, time. */
const NUMBERS = [
  [100, 108],
  [108, 116],
  [116, 124],
  [124, 136],
  [136, 148],
] as const;

/**
 * Whether Python's tarfile takes these 512 bytes for a header: numbers and a checksum that is right, whatever the mark is.
 * The name in front is the writer's choice, so that they may be the begin of a file of another format.
 */
export function isTarHeader(head: Uint8Array): boolean {
  if (head.length < 512) return false;
  const bytes = Buffer.from(head.buffer, head.byteOffset, 512);
  const sum = numberOf(bytes.subarray(148, 156));
  if (sum === null || !NUMBERS.every(([start, end]) => numberOf(bytes.subarray(start, end)) !== null)) return false;
  let [unsigned, signed] = [256, 256];
  for (const [index, byte] of bytes.entries()) {
    if (index >= 148 && index < 156) continue;
    unsigned += byte;
    signed += byte < 128 ? byte : byte - 256;
  }
  return sum === unsigned || sum === signed;
}

/** As `tarfile.nti`, which is more generous than the format: the number, or null. */
function numberOf(field: Buffer): number | null {
  if (field[0] === 0x80) return field.subarray(1).reduce((value, byte) => value * 256 + byte, 0);
  if (field[0] === 0xff) return -1;
  const zero = field.indexOf(0);
  const text = field.toString('latin1', 0, zero < 0 ? field.length : zero).trim();
  if (text === '') return 0;
  const digits = /^[+-]?(?:0[oO]_?)?([0-7]+(?:_[0-7]+)*)$/.exec(text)?.[1];
  return digits === undefined ? null : Number.parseInt(digits.replaceAll('_', ''), 8);
}

/** Slicing by eight: after one another a table of 256 for each byte of two words, that of the last byte first. */
function tablesOf(polynomial: number): Int32Array {
  const all = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? polynomial ^ (value >>> 1) : value >>> 1;
    all[byte] = value;
  }
  for (let at = 256; at < all.length; at += 1) {
    const before = all[at - 256] ?? 0;
    all[at] = (all[before & 0xff] ?? 0) ^ (before >>> 8);
  }
  return all;
}

/** Of the polynomials of ISO 3309 and Castagnoli (RFC 3720, appendix B.4), their lowest bits first. */
const ISO = tablesOf(0xedb88320);
const CASTAGNOLI = tablesOf(0x82f63b78);

/** CRC-32 as in PNG, gzip and zip (ISO 3309); `before` is that of the bytes that came before. */
export function crc32(bytes: Uint8Array, before = 0): number {
  return checksum(ISO, bytes, before);
}

/** CRC-32C as in TFRecord and LevelDB. */
export function crc32c(bytes: Uint8Array): number {
  return checksum(CASTAGNOLI, bytes, 0);
}

function checksum(table: Int32Array, bytes: Uint8Array, before: number): number {
  let crc = ~before;
  let at = 0;
  for (const stop = bytes.length - 7; at < stop; at += 8) {
    crc ^= (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    crc =
      (table[1792 + (crc & 0xff)] ?? 0) ^
      (table[1536 + ((crc >>> 8) & 0xff)] ?? 0) ^
      (table[1280 + ((crc >>> 16) & 0xff)] ?? 0) ^
      (table[1024 + (crc >>> 24)] ?? 0) ^
      (table[768 + (bytes[at + 4] ?? 0)] ?? 0) ^
      (table[512 + (bytes[at + 5] ?? 0)] ?? 0) ^
      (table[256 + (bytes[at + 6] ?? 0)] ?? 0) ^
      (table[bytes[at + 7] ?? 0] ?? 0);
  }
  for (; at < bytes.length; at += 1) crc = (table[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}

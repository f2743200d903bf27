/** Slicing by four: tables for each byte of a word. */
const TABLES = tables();

function tables(): readonly Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
    return value;
  });
  const all = [first];
  for (let step = 1; step < 4; step += 1) {
    const before = all[step - 1] ?? first;
    all.push(before.map((value) => (first[value & 0xff] ?? 0) ^ (value >>> 8)));
  }
  return all;
}

/** CRC-32 as in PNG, gzip and zip (ISO 3309); `before` is that of the bytes that came before. */
export function crc32(bytes: Uint8Array, before = 0): number {
  const [t0 = new Uint32Array(0), t1 = t0, t2 = t0, t3 = t0] = TABLES;
  let crc = ~before;
  let at = 0;
  for (const stop = bytes.length - 3; at < stop; at += 4) {
    crc ^= (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    crc =
      (t3[crc & 0xff] ?? 0) ^ (t2[(crc >>> 8) & 0xff] ?? 0) ^ (t1[(crc >>> 16) & 0xff] ?? 0) ^ (t0[crc >>> 24] ?? 0);
  }
  for (; at < bytes.length; at += 1) crc = (t0[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}

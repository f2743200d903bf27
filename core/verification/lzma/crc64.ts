/** Of the polynomial of ECMA-182, its lowest bits first: the low and the high half of each entry. */
const LOW = new Int32Array(256);
const HIGH = new Int32Array(256);

for (let byte = 0; byte < 256; byte += 1) {
  let [low, high] = [byte, 0];
  for (let bit = 0; bit < 8; bit += 1) {
    const odd = (low & 1) === 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (odd) {
      low ^= 0xd7870f42;
      high ^= 0xc96c5795;
    }
  }
  LOW[byte] = low;
  HIGH[byte] = high;
}

/** CRC-64 as in xz, piece by piece. */
export class Crc64 {
  #low = -1;
  #high = -1;

  add(bytes: Uint8Array): void {
    let [low, high] = [this.#low, this.#high];
    for (const byte of bytes) {
      const at = (low ^ byte) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ (LOW[at] ?? 0);
      high = (high >>> 8) ^ (HIGH[at] ?? 0);
    }
    [this.#low, this.#high] = [low, high];
  }

  /** The low and the high half. */
  get value(): readonly [low: number, high: number] {
    return [~this.#low >>> 0, ~this.#high >>> 0];
  }
}

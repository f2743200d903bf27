const P1 = 0x9e3779b1;
const P2 = 0x85ebca77;
const P3 = 0xc2b2ae3d;
const P4 = 0x27d4eb2f;
const P5 = 0x165667b1;

/** XXH32 with seed 0 (the specification of xxHash), piece by piece. */
export class XxHash32 {
  readonly #lanes = Int32Array.of(P1 + P2, P2, 0, -P1);
  readonly #rest = new Uint8Array(16);
  #kept = 0;
  #total = 0;

  add(bytes: Uint8Array): this {
    this.#total += bytes.length;
    let at = 0;
    if (this.#kept > 0) {
      at = Math.min(16 - this.#kept, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#kept);
      this.#kept += at;
      if (this.#kept < 16) return this;
      this.#stripe(this.#rest, 0);
      this.#kept = 0;
    }
    for (; at + 16 <= bytes.length; at += 16) this.#stripe(bytes, at);
    this.#rest.set(bytes.subarray(at));
    this.#kept = bytes.length - at;
    return this;
  }

  get value(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#lanes;
    let hash = this.#total < 16 ? P5 : (turn(a, 1) + turn(b, 7) + turn(c, 12) + turn(d, 18)) | 0;
    hash = (hash + this.#total) | 0;
    let at = 0;
    for (; at + 4 <= this.#kept; at += 4)
      hash = Math.imul(turn((hash + Math.imul(word(this.#rest, at), P3)) | 0, 17), P4);
    for (; at < this.#kept; at += 1) hash = Math.imul(turn((hash + Math.imul(this.#rest[at] ?? 0, P5)) | 0, 11), P1);
    hash = Math.imul(hash ^ (hash >>> 15), P2);
    hash = Math.imul(hash ^ (hash >>> 13), P3);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  #stripe(bytes: Uint8Array, at: number): void {
    const lanes = this.#lanes;
    for (let lane = 0; lane < 4; lane += 1) {
      const input = Math.imul(word(bytes, at + 4 * lane), P2);
      lanes[lane] = Math.imul(turn(((lanes[lane] ?? 0) + input) | 0, 13), P1);
    }
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

function turn(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

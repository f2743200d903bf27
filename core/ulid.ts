import { RunId } from './names.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_LENGTH = 10;
const RANDOM_BYTES = 10;
const MAX_TIME = 2 ** 48 - 1;

/**
 * A ULID (https://github.com/ulid/spec): 48 bits of time, 80 bits of randomness, in Crockford base 32.
 *
 * @param timeMs milliseconds since 1970, an integer below 2^48
 * @param random exactly 10 bytes
 * @throws {RangeError} when either is out of range
 */
export function ulid(timeMs: number, random: Uint8Array): RunId {
  if (!Number.isInteger(timeMs) || timeMs < 0 || timeMs > MAX_TIME) {
    throw new RangeError(`expected milliseconds from 0 to 2^48 - 1, got ${timeMs}`);
  }
  if (random.length !== RANDOM_BYTES)
    throw new RangeError(`expected ${RANDOM_BYTES} random bytes, got ${random.length}`);
  let bits = BigInt(timeMs);
  for (const byte of random) bits = (bits << 8n) | BigInt(byte);
  let text = '';
  for (let shift = 125n; shift >= 0n; shift -= 5n) text += ALPHABET[Number((bits >> shift) & 31n)];
  return RunId.parse(text);
}

/** The time that a ULID carries, in milliseconds since 1970. */
export function ulidTime(id: RunId): number {
  return [...id.slice(0, TIME_LENGTH)].reduce((time, letter) => time * 32 + ALPHABET.indexOf(letter), 0);
}

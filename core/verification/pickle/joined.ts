/** A pickle of protocol 2 and later in base64 and hexadecimal digits, behind letters that are joined to it. */
export const JOINED = /(?<=.)(?:gA[I-X]|800[2-5](?:95|63|28|7d|5d|8c|58|55))/;

const [EIGHT, ZERO, LOWER_G, UPPER_A] = [0x38, 0x30, 0x67, 0x41];

/** Whether `JOINED` may find something behind the first byte of what stands from `start` to `end`. */
export function mayJoin(bytes: Uint8Array, start: number, end: number): boolean {
  // One of two: both begins hold one of these bytes at any two places behind their first.
  for (let at = start + 2; at < end; at += 2) {
    const byte = bytes[at] ?? 0;
    if (byte === ZERO) {
      if (isEight(bytes, at - 1, start) || isEight(bytes, at - 2, start)) return true;
    } else if (byte === UPPER_A) {
      if (isLetters(bytes, at, start)) return true;
    } else if (byte === LOWER_G && isLetters(bytes, at + 1, start)) return true;
  }
  return false;
}

/** 800 and a protocol from 2 to 5. */
function isEight(bytes: Uint8Array, at: number, start: number): boolean {
  if (at <= start || bytes[at] !== EIGHT || bytes[at + 1] !== ZERO || bytes[at + 2] !== ZERO) return false;
  const protocol = bytes[at + 3] ?? 0;
  return protocol >= 0x32 && protocol <= 0x35;
}

/** gA and what stands for a protocol from 2 to 5. @param at place of the A */
function isLetters(bytes: Uint8Array, at: number, start: number): boolean {
  if (at - 1 <= start || bytes[at - 1] !== LOWER_G || bytes[at] !== UPPER_A) return false;
  const next = bytes[at + 1] ?? 0;
  return next >= 0x49 && next <= 0x58;
}

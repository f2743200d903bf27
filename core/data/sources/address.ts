/**
 * Whether an IP address belongs to the public internet: no loopback, private, link-local, shared, multicast, documentation
 * or otherwise reserved one (IANA's special-purpose registries, RFC 6890). A server that fetches what a stranger names
 * must reach nothing that only it can reach.
 */
export function isPublicAddress(address: string): boolean {
  const four = fourOf(address);
  if (four !== null) return isPublicFour(four);
  const words = wordsOf(address);
  return words !== null && isPublicSix(words);
}

/** First address and length of prefix. */
const RESERVED_FOUR: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];

function isPublicFour(value: number): boolean {
  return RESERVED_FOUR.every(([first, length]) => {
    const shift = 32 - length;
    return Math.floor(value / 2 ** shift) !== Math.floor((fourOf(first) ?? 0) / 2 ** shift);
  });
}

/** Only 2000::/3 is given out; of it, some carry an IPv4 address, which then counts, and some are reserved. */
function isPublicSix(words: readonly number[]): boolean {
  const [a = 0, b = 0, c = 0] = words;
  const tail = (words[6] ?? 0) * 65_536 + (words[7] ?? 0);
  const carried = words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff;
  if (carried || (a === 0x64 && b === 0xff9b && words.slice(2, 6).every((word) => word === 0)))
    return isPublicFour(tail);
  if (a >> 13 !== 1) return false;
  if (a === 0x2002) return isPublicFour(b * 65_536 + c);
  if (a === 0x2001) return b >= 0x200 && b !== 0xdb8;
  return a !== 0x3fff && a !== 0x3ffe;
}

function fourOf(text: string): number | null {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return null;
  const parts = text.split('.').map(Number);
  return parts.some((part) => part > 255) ? null : parts.reduce((sum, part) => sum * 256 + part, 0);
}

function wordsOf(text: string): readonly number[] | null {
  const [bare = ''] = text
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .split('%');
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(bare);
  const four = dotted === null ? null : fourOf(dotted[2] ?? '');
  if (dotted !== null && four === null) return null;
  const plain =
    four === null
      ? bare
      : `${dotted?.[1] ?? ''}${Math.floor(four / 65_536).toString(16)}:${(four % 65_536).toString(16)}`;
  const halves = plain.split('::');
  if (halves.length > 2) return null;
  const [left = [], right = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const gap = halves.length === 2 ? 8 - left.length - right.length : 0;
  if (gap < 0) return null;
  const parts = [...left, ...Array.from({ length: gap }, () => '0'), ...right];
  if (parts.length !== 8 || !parts.every((part) => /^[0-9a-f]{1,4}$/.test(part))) return null;
  return parts.map((part) => Number.parseInt(part, 16));
}

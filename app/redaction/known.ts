import type { Span } from './shapes.ts';

/** Characters in a row of a known secret that are hidden wherever they stand. */
const WINDOW = 12;
/** A shorter one is an ordinary word somewhere; settings ask for more. */
const SHORTEST = 8;

/**
 * Finds what is known to be secret: whole, or any twelve characters of it in a row (so also a line of a key, a half in
 * another field, or what a cut left), plain, in base64, base64url, hexadecimal or as a part of an address.
 */
export function knownSecrets(secrets: readonly string[]): (text: string) => readonly Span[] {
  const bySize = new Map<number, Windows>();
  for (const form of secrets.filter(({ length }) => length >= SHORTEST).flatMap(forms)) {
    const size = Math.min(WINDOW, form.length);
    const windows = bySize.get(size) ?? { whole: new Set(), halves: new Set() };
    for (let at = 0; at + size <= form.length; at += 1) windows.whole.add(form.slice(at, at + size));
    for (let at = 0; at + half(size) <= form.length; at += 1) windows.halves.add(form.slice(at, at + half(size)));
    bySize.set(size, windows);
  }
  return (text) => {
    const spans: Span[] = [];
    for (const [size, { whole, halves }] of bySize) {
      if (!hasBlock(text, half(size), halves)) continue;
      for (let at = 0; at + size <= text.length; at += 1)
        if (whole.has(text.slice(at, at + size))) spans.push([at, at + size]);
    }
    return spans;
  };
}

/** Of one size: all that are secret, and all of half the size. */
interface Windows {
  readonly whole: Set<string>;
  readonly halves: Set<string>;
}

const half = (size: number): number => Math.floor(size / 2);

/** Whether one of the blocks that the text falls into is known: wherever a window begins, it holds one of half its size. */
function hasBlock(text: string, size: number, known: ReadonlySet<string>): boolean {
  for (let at = 0; at + size <= text.length; at += size) if (known.has(text.slice(at, at + size))) return true;
  return false;
}

function forms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  // What stands before it in the same base64 shifts it by a byte or two.
  const shifted = [0, 1, 2].map((by) =>
    bytes
      .subarray(by)
      .toString('base64')
      .replace(/.{0,2}=*$/, ''),
  );
  const all = [
    secret,
    encodeURIComponent(secret),
    ...shifted,
    ...shifted.map((one) => one.replaceAll('+', '-').replaceAll('/', '_')),
    bytes.toString('hex'),
  ];
  return [...new Set(all)].filter(({ length }) => length >= SHORTEST);
}

import { readExactly, type Source } from './format.ts';
import type { PickleScan } from './pickle/scan.ts';

const CHUNK = 1 << 16;
/** Characters by which an encoding is told. */
const HEAD = 256;

interface Mark {
  /** One of these stands in every text that has such a begin: found faster than the begin itself. */
  readonly needs: readonly string[];
  /** How a pickle, or what holds one, begins. */
  readonly begin: RegExp;
  /** Characters that are part of what began; absent for what goes on to the end of its quotes. */
  readonly goesOn?: RegExp;
}

/** Encodings with characters of their own: blanks and quotes don't end them, or they are told by a few marks. */
const MARKS: readonly Mark[] = [
  { needs: ['80\\'], begin: /\\{1,2}(?:x|u00)80\\{1,2}(?:x|u00)0[0-5]/gi },
  { needs: ['\\n'], begin: /(?<![\w.\\])[c(i][\w.]{2,80}\\{1,2}n\w{1,80}\\{1,2}n(?:[(}\])NSVcgpKi]|\\)/g },
  {
    needs: ['80 0', '80:0', '80-0', '80, 0', '80,0x', '63 6', '63:6', '63-6', '63, 6', '63, 0x6', '63,0x6'],
    begin: /(?<![0-9A-Za-z])(?:0x)?(?:80|63)([\s:,-]{1,2})(?:0x)?[0-9a-f]{2}\1(?:0x)?[0-9a-f]{2}\1/gi,
    goesOn: /^[0-9A-Fa-fx\s:,-]*/,
  },
  { needs: ['%80%0', '%1f%8b', '%1F%8B'], begin: /%80%0[0-5]|%1f%8b/gi, goesOn: /^[\w.~%+()*!-]*/ },
  { needs: ['%0A', '%0a'], begin: /c[\w.]{2,80}%0A\w{1,80}%0A/gi, goesOn: /^[\w.~%+()*!'-]*/ },
];

/** Scans pickles in escapes, in digits with marks between them, and in the encoding of addresses, that begin in a piece of a text. */
export function scanMarked(file: Source, piece: Buffer, start: number, scan: Pick<PickleScan, 'text'>): void {
  let text: string | null = null;
  for (const { needs, begin, goesOn } of MARKS) {
    if (!needs.some((one) => piece.includes(one))) continue;
    text ??= piece.toString('latin1');
    begin.lastIndex = 0;
    for (let found = begin.exec(text); found !== null; found = begin.exec(text)) {
      const at = goesOn === undefined ? afterQuote(text, found.index) : found.index;
      scan.text(start + at, lengthOf(file, start + at, goesOn ?? ending(text, at)), text.slice(at, at + HEAD));
    }
  }
}

/** The begin of the text in quotes that a place is in, where it is near. */
function afterQuote(text: string, at: number): number {
  const quote = Math.max(text.lastIndexOf('"', at - 1), text.lastIndexOf("'", at - 1));
  const between = text.slice(quote + 1, at);
  return quote < 0 || at - quote > 256 || between.includes('\n') ? at : quote + 1;
}

/** What is in the quotes that stand before a place, or in the line. */
function ending(text: string, at: number): RegExp {
  const before = text[at - 1];
  if (before === '"') return /^(?:[^"\\\n]|\\[^\n])*/;
  return before === "'" ? /^(?:[^'\\\n]|\\[^\n])*/ : /^[^\n]*/;
}

/** Bytes from `start` on that a pattern matches, which must be one of single characters and escapes. */
export function lengthOf(file: Source, start: number, pattern: RegExp): number {
  for (let at = start; at < file.size; ) {
    const piece = readExactly(file, at, Math.min(CHUNK, file.size - at));
    const length = pattern.exec(Buffer.from(piece).toString('latin1'))?.[0].length ?? 0;
    at += length;
    // An escape may be cut at the end of the piece.
    if (length < piece.length - 1 || length === 0) return at - start;
  }
  return file.size - start;
}

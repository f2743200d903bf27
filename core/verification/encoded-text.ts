import { readExactly, type ScanContext, type Source } from './format.ts';
import { PickleScan } from './pickle/scan.ts';

const CHUNK = 1 << 16;
/** Shorter pickles import nothing that does harm. */
const SHORTEST = 20;
const OVERLAP = 64;
/** A word that begins as an encoded pickle, or what holds one, does: told apart by what it decodes to. In protocol 0 of pickles V stands before text. */
const BEGIN =
  /(?:(?<![A-Za-z0-9+/_-])|(?<=\nV))(?:gA[A-X]|H4sI|eJ[w-z]|UEsDB|[YK][A-Za-z0-9+/_-]{3}|(?:0x)?(?:800[0-5]|63|28|1f8b|504b))[A-Za-z0-9+/_-]{16}/g;
const WORD = /^[A-Za-z0-9+/_=-]*/;
const LINES = /^[A-Za-z0-9+/_=\r\n-]*/;

/** Scans pickles that stand in a text in base64 or hex, as files of their own. Base64 may have several lines. */
export function scanEncoded(file: Source, context: ScanContext): void {
  const scan = new PickleScan(file, context, {});
  let linesTo = 0;
  for (let at = 0; at + SHORTEST <= file.size; ) {
    context.tick();
    const piece = textAt(file, at);
    let next = at + CHUNK < file.size ? at + CHUNK - OVERLAP : file.size;
    // A word before the begin may have been cut: what it goes on with is no begin.
    BEGIN.lastIndex = 0;
    for (let found = BEGIN.exec(piece); found !== null; found = BEGIN.exec(piece)) {
      const start = at + found.index;
      const head = Buffer.from(readExactly(file, start, Math.min(64, file.size - start)));
      const end = start + lengthOf(file, start, WORD);
      scan.content(start, end - start, head.subarray(0, end - start));
      // Of lines after one another the first is the begin, so that no line is read again and again.
      if (start >= linesTo && isLineEnd(file, end)) {
        linesTo = start + lengthOf(file, start, LINES);
        if (linesTo - end > 2) scan.content(start, linesTo - start, head);
      }
      if (end >= at + piece.length) {
        next = Math.max(next, end);
        break;
      }
      BEGIN.lastIndex = end - at;
    }
    at = next;
  }
}

function textAt(file: Source, at: number): string {
  return Buffer.from(readExactly(file, at, Math.min(CHUNK, file.size - at))).toString('latin1');
}

function isLineEnd(file: Source, at: number): boolean {
  return at < file.size && [10, 13].includes(file.read(at, 1)[0] ?? 0);
}

function lengthOf(file: Source, start: number, pattern: RegExp): number {
  for (let at = start; at < file.size; ) {
    const piece = textAt(file, at);
    const length = pattern.exec(piece)?.[0].length ?? 0;
    at += length;
    if (length < piece.length) return at - start;
  }
  return file.size - start;
}

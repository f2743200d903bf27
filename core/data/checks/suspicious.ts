import { Buffer } from 'node:buffer';

const [QUOTE, LINE_FEED, CARRIAGE_RETURN] = [0x22, 0x0a, 0x0d];

/**
 * Whether bytes of CSV hold anything that readers may take differently: a quote, a NUL, an empty line, a carriage return
 * that ends no line, lines that end in both ways. Only such files need to be read by the strict reader as well; this
 * look costs a fifth of reading the file.
 */
export function isSuspicious(chunks: Iterable<Uint8Array>): boolean {
  let before = LINE_FEED;
  let ends: 'none' | 'lf' | 'crlf' = 'none';
  for (const chunk of chunks) {
    if (chunk.length === 0) continue;
    if (chunk.includes(QUOTE) || chunk.includes(0)) return true;
    if (before === CARRIAGE_RETURN && chunk[0] !== LINE_FEED) return true;
    if (before === LINE_FEED && (chunk[0] === LINE_FEED || chunk[0] === CARRIAGE_RETURN)) return true;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (bytes.includes('\n\n') || bytes.includes('\n\r')) return true;
    if (ends === 'none' && chunk.includes(LINE_FEED)) ends = chunk.includes(CARRIAGE_RETURN) ? 'crlf' : 'lf';
    // Before any line feed, only the last byte may be a carriage return: what follows it is in the next chunk.
    const first = chunk.indexOf(CARRIAGE_RETURN);
    if (ends === 'none' && first !== -1 && first !== chunk.length - 1) return true;
    if (ends === 'lf' && first !== -1) return true;
    if (ends === 'crlf' && !endsAlike(bytes, before)) return true;
    before = chunk[chunk.length - 1] ?? LINE_FEED;
  }
  return before === CARRIAGE_RETURN;
}

/** Whether each line feed follows a carriage return and each carriage return has one after it. */
function endsAlike(bytes: Buffer, before: number): boolean {
  let lineFeed = bytes.indexOf(LINE_FEED);
  let carriageReturn = bytes.indexOf(CARRIAGE_RETURN);
  if (lineFeed === 0) {
    if (before !== CARRIAGE_RETURN) return false;
    lineFeed = bytes.indexOf(LINE_FEED, 1);
  }
  while (lineFeed !== -1) {
    if (carriageReturn !== lineFeed - 1) return false;
    lineFeed = bytes.indexOf(LINE_FEED, lineFeed + 1);
    carriageReturn = bytes.indexOf(CARRIAGE_RETURN, carriageReturn + 1);
  }
  return carriageReturn === -1 || carriageReturn === bytes.length - 1;
}

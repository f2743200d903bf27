import { crc32 } from '../crc32.ts';
import { type Format, type FormatVerdict, readExactly, ScanError, type Source, startsWith } from '../format.ts';

const SIGNATURE = '\x89PNG\r\n\x1a\n';
const MAX_SIZE = 64 * 2 ** 20;
/** Chunks that hold pixels, colours and text (PNG third edition). Others could carry anything. */
const KNOWN = new Set(
  'IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI tEXt zTXt iTXt bKGD hIST pHYs sPLT eXIf tIME'.split(
    ' ',
  ),
);

/** PNG images: every chunk known, its checksum right, and nothing after the last one. */
export const png: Format = {
  name: 'png',
  rules: [],
  detect: (head) => startsWith(head, SIGNATURE),
  scan: (file): FormatVerdict => {
    if (file.size > MAX_SIZE) throw new ScanError('too_large', `an image may have ${MAX_SIZE} bytes at most`, 0);
    walkChunks(file);
    return { format: 'png', verdict: 'clean', notes: [] };
  },
};

function walkChunks(file: Source): void {
  let at = SIGNATURE.length;
  for (let first = true; ; first = false) {
    const head = Buffer.from(readExactly(file, at, 8));
    const length = head.readUInt32BE(0);
    const type = head.toString('latin1', 4);
    if (first && (type !== 'IHDR' || length !== 13))
      throw new ScanError('malformed', 'expected a header chunk first', at);
    if (!KNOWN.has(type)) throw new ScanError('malformed', `unknown chunk ${JSON.stringify(type)}`, at);
    const body = Buffer.from(readExactly(file, at + 4, length + 8));
    if (crc32(body.subarray(0, length + 4)) !== body.readUInt32BE(length + 4)) {
      throw new ScanError('malformed', `wrong checksum of chunk ${type}`, at);
    }
    at += length + 12;
    if (type !== 'IEND') continue;
    if (at !== file.size) throw new ScanError('malformed', `${file.size - at} bytes after the end of the image`, at);
    return;
  }
}

import { crc32 } from '../crc32.ts';
import type { Cursor } from '../cursor.ts';
import { ScanError, startsWith } from '../format.ts';
import { imageFormat } from '../image.ts';

const SIGNATURE = '\x89PNG\r\n\x1a\n';
/** What a decoder must understand (PNG third edition); another of these could be anything. */
const CRITICAL = new Set(['IHDR', 'PLTE', 'IDAT', 'IEND']);
/** What decoders pass over that do not know it, by the small first letter: colours, text, and what cameras and systems add. */
const ANCILLARY = /^[a-z][A-Za-z][A-Z][A-Za-z]$/;

/** PNG images: every chunk one that decoders know or pass over, its checksum right, and nothing after the last one. */
export const png = imageFormat('png', (head) => startsWith(head, SIGNATURE), walkChunks);

function walkChunks(cursor: Cursor): void {
  cursor.skip(SIGNATURE.length);
  for (let first = true; ; first = false) {
    const at = cursor.position;
    const head = Buffer.from(cursor.bytes(8));
    const length = head.readUInt32BE(0);
    const type = head.toString('latin1', 4);
    if (first && (type !== 'IHDR' || length !== 13))
      throw new ScanError('malformed', 'expected a header chunk first', at);
    if (!CRITICAL.has(type) && !ANCILLARY.test(type))
      throw new ScanError('malformed', `unknown chunk ${JSON.stringify(type)}`, at);
    const body = Buffer.concat([head.subarray(4), cursor.bytes(length)]);
    if (crc32(body) !== Buffer.from(cursor.bytes(4)).readUInt32BE())
      throw new ScanError('malformed', `wrong checksum of chunk ${type}`, at);
    if (type === 'IEND') return;
  }
}

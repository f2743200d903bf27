import type { Cursor } from '../cursor.ts';
import { ScanError, startsWith } from '../format.ts';
import { imageFormat } from '../image.ts';

/** RFC 9649, section 2. Others could carry anything. */
const KNOWN = new Set(['VP8 ', 'VP8L', 'VP8X', 'ANIM', 'ANMF', 'ALPH', 'ICCP', 'EXIF', 'XMP ']);

/** WebP images: a RIFF file of known chunks that account for all of it. */
export const webp = imageFormat('webp', (head) => startsWith(head, 'RIFF') && startsWith(head, 'WEBP', 8), walk);

function walk(cursor: Cursor, tick: () => void): void {
  cursor.skip(4);
  const end = cursor.unsigned(4) + 8;
  cursor.skip(4);
  let pixels = false;
  while (cursor.position < end) {
    tick();
    const at = cursor.position;
    const type = Buffer.from(cursor.bytes(4)).toString('latin1');
    if (!KNOWN.has(type)) throw new ScanError('malformed', `unknown chunk ${JSON.stringify(type)}`, at);
    const length = cursor.unsigned(4);
    cursor.skip(length);
    if (length % 2 === 1 && cursor.byte() !== 0)
      throw new ScanError('malformed', 'expected zero behind a chunk of odd length', cursor.position - 1);
    pixels ||= /^(?:VP8[ L]|ANMF)$/.test(type);
  }
  if (cursor.position !== end || !pixels)
    throw new ScanError('malformed', 'expected chunks of an image up to the length that is given', cursor.position);
}

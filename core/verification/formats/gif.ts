import type { Cursor } from '../cursor.ts';
import { ScanError, startsWith } from '../format.ts';
import { imageFormat } from '../image.ts';

/** Introducers of the parts of an image (GIF89a specification, appendix A). */
const EXTENSION = 0x21;
const IMAGE = 0x2c;
const END = 0x3b;
/** Plain text, graphic control, comment and application: others could carry anything. */
const EXTENSIONS = new Set([0x01, 0xf9, 0xfe, 0xff]);

/** GIF images, also those that move. */
export const gif = imageFormat('gif', (head) => startsWith(head, 'GIF87a') || startsWith(head, 'GIF89a'), walk);

function walk(cursor: Cursor, tick: () => void): void {
  cursor.skip(10);
  skipColours(cursor, cursor.byte());
  cursor.skip(2);
  for (;;) {
    tick();
    const at = cursor.position;
    const part = cursor.byte();
    if (part === END) return;
    if (part === EXTENSION) {
      const label = cursor.byte();
      if (!EXTENSIONS.has(label))
        throw new ScanError('malformed', `0x${label.toString(16)} is an extension that is not known`, at);
    } else if (part === IMAGE) {
      cursor.skip(8);
      skipColours(cursor, cursor.byte());
      cursor.skip(1);
    } else throw new ScanError('malformed', `0x${part.toString(16)} begins no part of an image`, at);
    for (let length = cursor.byte(); length > 0; length = cursor.byte()) cursor.skip(length);
  }
}

/** A table of colours follows where the highest bit is set; the lowest three say how long it is. */
function skipColours(cursor: Cursor, flags: number): void {
  if ((flags & 0x80) !== 0) cursor.skip(3 * 2 ** ((flags & 7) + 1));
}

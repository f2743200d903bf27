import type { Cursor } from '../cursor.ts';
import { ScanError } from '../format.ts';
import { imageFormat } from '../image.ts';

/** Markers by their second byte (ITU-T T.81, table B.1). */
const END = 0xd9;
const SCAN = 0xda;
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
const isSegment = (marker: number): boolean =>
  (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc8) ||
  (marker >= SCAN && marker <= 0xdf) ||
  (marker >= 0xe0 && marker <= 0xef) ||
  marker === 0xfe;
const isRestart = (marker: number): boolean => marker >= 0xd0 && marker <= 0xd7;

/** JPEG images: segments up to the marker of the end, with a frame and a scan among them. */
export const jpeg = imageFormat('jpeg', (head) => head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff, walk);

function walk(cursor: Cursor, tick: () => void): void {
  cursor.skip(2);
  const seen = { frame: false, scan: false };
  if (cursor.byte() !== 0xff) throw new ScanError('malformed', 'expected a marker', 2);
  for (;;) {
    tick();
    const at = cursor.position;
    const marker = nextMarker(cursor);
    if (marker === END) break;
    if (!isSegment(marker))
      throw new ScanError('malformed', `0x${marker.toString(16)} is the marker of no part of an image`, at);
    const length = cursor.byte() * 256 + cursor.byte();
    if (length < 2) throw new ScanError('malformed', `a part of ${length} bytes`, at);
    cursor.skip(length - 2);
    seen.frame ||= isFrame(marker);
    if (marker === SCAN) {
      seen.scan = true;
      skipScan(cursor, tick);
    } else if (cursor.byte() !== 0xff) throw new ScanError('malformed', 'expected a marker', cursor.position - 1);
  }
  if (!seen.frame || !seen.scan)
    throw new ScanError('malformed', 'expected the frame and a scan of an image before its end', cursor.position);
}

/** Behind the 0xff that each begins with; any number of these may stand before it. */
function nextMarker(cursor: Cursor): number {
  let marker = cursor.byte();
  while (marker === 0xff) marker = cursor.byte();
  return marker;
}

/** Coded pixels, up to and with the 0xff of the next marker that is none of the scan's own. */
function skipScan(cursor: Cursor, tick: () => void): void {
  for (let count = 1; ; count += 1) {
    if (count % 65_536 === 0) tick();
    if (cursor.byte() !== 0xff) continue;
    const next = cursor.peek();
    if (next !== 0 && !isRestart(next)) return;
  }
}

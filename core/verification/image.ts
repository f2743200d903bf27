import { Cursor } from './cursor.ts';
import { type Format, type FormatVerdict, ScanError } from './format.ts';

/** Bytes. */
const MAX_SIZE = 64 * 2 ** 20;

/**
 * A format of images, which nothing executes: clean where `walk` accounts for every part up to the one that is last, and the
 * file ends there. What other formats could hide in it is looked for before it is taken for an image.
 */
export function imageFormat(
  name: string,
  detect: (head: Uint8Array) => boolean,
  /** Ends behind the image. @throws ScanError where a part is none of the format's */
  walk: (cursor: Cursor, tick: () => void) => void,
): Format {
  return {
    name,
    rules: [],
    detect,
    scan: (file, context): FormatVerdict => {
      if (file.size > MAX_SIZE) throw new ScanError('too_large', `an image may have ${MAX_SIZE} bytes at most`, 0);
      const cursor = new Cursor(file);
      walk(cursor, context.tick);
      const left = file.size - cursor.position;
      if (left > 0) throw new ScanError('malformed', `${left} bytes after the end of the image`, cursor.position);
      return { format: name, verdict: 'clean', notes: [] };
    },
  };
}

import type { Readable } from 'node:stream';
import { MAX_LINE } from './protocol.ts';

/**
 * Calls for each line of a stream, ended by a line feed and by nothing else: `node:readline` also ends lines at U+2028
 * and U+2029, which JSON leaves as they are and which texts of data hold.
 * @param tooLong called once for a line beyond the limit; nothing is kept or called after it
 */
export function onLines(
  input: Readable,
  each: (line: string) => void,
  tooLong: () => void,
  maxBytes: number = MAX_LINE,
): void {
  let pieces: Buffer[] = [];
  let held = 0;
  let stopped = false;
  input.on('data', (chunk: Buffer) => {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1 && !stopped; end = chunk.indexOf(10, from)) {
      pieces.push(chunk.subarray(from, end));
      each(Buffer.concat(pieces).toString('utf8'));
      pieces = [];
      held = 0;
      from = end + 1;
    }
    held += chunk.length - from;
    if (stopped || held > maxBytes) {
      if (!stopped) tooLong();
      stopped = true;
      pieces = [];
    } else if (from < chunk.length) pieces.push(chunk.subarray(from));
  });
}

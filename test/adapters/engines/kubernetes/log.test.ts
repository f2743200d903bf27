import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatPosition,
  LogReader,
  nextSecond,
  type Position,
  parsePosition,
  secondOf,
} from '../../../../adapters/engines/kubernetes/log.ts';

interface Line {
  readonly at: number;
  readonly text: Uint8Array;
}

const lineOf = fc.record({
  at: fc.nat({ max: 2500 }),
  text: fc.uint8Array({ maxLength: 30 }).map((bytes) => bytes.filter((byte) => byte !== 0x0a)),
});
const BEGUN = Date.parse('2026-11-22T15:00:00.000Z');
const timeOf = ({ at }: Line): string => new Date(BEGUN + at).toISOString().replace('Z', '000123Z');

/** What the API gives from a second on. */
function served(lines: readonly Line[], since: string | null): Buffer {
  const from = since === null ? Number.NEGATIVE_INFINITY : Date.parse(since);
  const shown = lines.filter(({ at }) => BEGUN + at >= from);
  return Buffer.concat(shown.flatMap((line) => [Buffer.from(`${timeOf(line)} `), line.text, Buffer.from('\n')]));
}

function read(
  lines: readonly Line[],
  from: Position | null,
  most: number,
  chunk: number,
): { bytes: Buffer; next: Position | null } {
  const reader = new LogReader('pod', from, most);
  const all = served(lines, from === null ? null : secondOf(from));
  for (let at = 0; at < all.length; at += chunk) if (!reader.take(all.subarray(at, at + chunk))) break;
  return { bytes: reader.bytes, next: reader.position };
}

describe('a log in pieces', () => {
  test('is the log, whatever its lines, the pieces and the chunks in which it comes', () => {
    fc.assert(
      fc.property(
        fc.array(lineOf, { maxLength: 30 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 50 }),
        (unsorted, most, chunk) => {
          const lines = unsorted.toSorted((a, b) => a.at - b.at);
          const parts: Buffer[] = [];
          let position: Position | null = null;
          for (let piece = 0; piece < 2000; piece += 1) {
            const { bytes, next } = read(lines, position, most, chunk);
            if (bytes.length === 0) break;
            expect(bytes.length).toBeLessThanOrEqual(most);
            parts.push(bytes);
            // Good in another process.
            position = next === null ? null : parsePosition(formatPosition(next));
          }
          const whole = Buffer.concat(lines.flatMap(({ text }) => [text, Buffer.from('\n')]));
          expect(Buffer.concat(parts).equals(whole)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('takes no text for a position that it did not give', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const position = parsePosition(text);
        if (position !== null) expect(parsePosition(formatPosition(position))).toEqual(position);
      }),
    );
    expect(parsePosition('["pod","2026-11-22T15:00:00Z",-1,0]')).toBeNull();
    expect(parsePosition('["pod","yesterday",0,0]')).toBeNull();
  });

  test('gives up a second of which more was printed than can be read again, and goes on with the next', () => {
    const position: Position = { pod: 'pod', time: '2026-11-22T15:00:00.5Z', lines: 1e6, bytes: 0 };
    const reader = new LogReader('pod', position, 100);
    const line = Buffer.concat([Buffer.from('2026-11-22T15:00:00.5Z '), Buffer.alloc(1 << 20, 'x'), Buffer.from('\n')]);
    let taken = 0;
    while (taken < 200 && reader.take(line)) taken += 1;
    expect(taken).toBeLessThan(70);
    expect(reader.isStuck).toBe(true);
    expect(nextSecond(position)).toEqual({ pod: 'pod', time: '2026-11-22T15:00:01Z', lines: 0, bytes: 0 });
  });
});

import { expect, test } from 'vitest';
import { Cursor } from '../../../core/verification/cursor.ts';
import { sourceOf } from '../../../core/verification/pickle/nested.ts';

test('the next byte is that of what is read next, also where that is not read yet', () => {
  const bytes = Uint8Array.from({ length: 300_000 }, (_, at) => at % 251);
  const cursor = new Cursor(sourceOf('bytes', bytes));
  const seen = new Set<number>();
  for (let at = 0; at < bytes.length; at += 1) {
    if (cursor.peek() !== bytes[at] || cursor.byte() !== bytes[at]) seen.add(at);
  }
  expect([...seen]).toEqual([]);
});

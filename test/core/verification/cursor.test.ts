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

test('short lines and numbers are those that any line is, wherever what is read at once ends', () => {
  const numbers = Array.from({ length: 400_000 }, (_, n) => n * (n % 7 === 0 ? 2 ** 31 : 1));
  const text = numbers.map((number) => `${number}\n${'x'.repeat(number % 5)}\n`).join('');
  const cursor = new Cursor(sourceOf('lines', Buffer.from(text)));
  let [wrong, long] = [0, 0];
  for (const number of numbers) {
    const short = cursor.shortNumber();
    if (short < 0) long += 1;
    if ((short < 0 ? Number(cursor.line()) : short) !== number) wrong += 1;
    const before = cursor.position;
    if (cursor.shortLine(100) < 0) cursor.line();
    if (cursor.position - before - 1 !== number % 5) wrong += 1;
  }
  expect({ wrong, atEnd: cursor.atEnd, long: long > 0 && long < 20 }).toEqual({ wrong: 0, atEnd: true, long: true });
});

test.each(['', '007\n', '-1\n', '1_0\n', '1\r\n', '1234567890123456\n', '12', '\n'])(
  '%j is no short number',
  (text) => {
    const cursor = new Cursor(sourceOf('line', Buffer.from(text)));
    cursor.peek();
    expect([cursor.shortNumber(), cursor.position]).toEqual([-1, 0]);
  },
);

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileTimeFormat, ISO } from '../../../core/data/time.ts';

test.each([
  ['2013-01-31', '2013-01-31T00:00:00Z'],
  ['2012-02-29', '2012-02-29T00:00:00Z'],
  ['0099-12-31', '0099-12-31T00:00:00Z'],
  ['2013-02-29', null],
  ['1900-02-29', null],
  ['2013-00-10', null],
  ['2013-1-31', null],
  ['2013-01-31T00:00', null],
])('the ISO date %s is %s', (text, expected) => {
  expect(ISO.date.parse(text)).toBe(expected === null ? null : Date.parse(expected));
});

test('every day from 1600 to 2400 is as many days from 1970 as JavaScript says', () => {
  const wrong: string[] = [];
  for (let at = Date.UTC(1600, 0, 1); at < Date.UTC(2401, 0, 1); at += 86_400_000) {
    const text = new Date(at).toISOString().slice(0, 10);
    if (ISO.date.parse(text) !== at) wrong.push(text);
  }
  expect(wrong).toEqual([]);
});

test.each([
  ['2013-01-31T10:20:30Z', '2013-01-31T10:20:30Z'],
  ['2013-01-31 10:20', '2013-01-31T10:20:00Z'],
  ['2013-01-31T10:20:30.250+02:00', '2013-01-31T08:20:30.250Z'],
  ['2013-01-31T24:00:00Z', null],
  ['2013-01-31T10:20:30+19:00', null],
])('the ISO timestamp %s is %s', (text, expected) => {
  expect(ISO.timestamp.parse(text)).toBe(expected === null ? null : Date.parse(expected));
});

test.each([
  ['yyyy-MM-dd', '2013-05-06', '2013-05-06T00:00:00Z'],
  ['d/M/yyyy', '6/5/2013', '2013-05-06T00:00:00Z'],
  ["yyyy-MM-dd'T'HH:mm:ss.SSSXXX", '2013-05-06T01:02:03.004Z', '2013-05-06T01:02:03.004Z'],
  ["yyyy.MM.dd 'o''clock' HH", "2013.05.06 o'clock 07", '2013-05-06T07:00:00Z'],
  ['yyyy-MM-dd', '06-05-2013', null],
  ['yyyy.MM.dd', '2013x05x06', null],
])('the format %s reads %s as %s', (pattern, text, expected) => {
  expect(compileTimeFormat(pattern)?.parse(text)).toBe(expected === null ? null : Date.parse(expected));
});

test.each(['yy-MM-dd', 'yyyy-MMM-dd', 'HH:mm', 'yyyy-MM-dd yyyy', 'EEE', "yyyy-MM-dd'T", 'h:mm a'])(
  'the format %s is not read',
  (pattern) => {
    const format = compileTimeFormat(pattern);
    expect(format === null || format.parse('2013-05-06') === null).toBe(true);
  },
);

test('a plain ISO text is read as the same pattern of a contract reads it, whatever is in it', () => {
  const slow = compileTimeFormat('yyyy-MM-dd HH:mm:ss');
  const digit = fc.constantFrom(...'0123456789');
  const odd = fc.constantFrom(...'0123456789-: Tx/+\u0661');
  const text = fc
    .tuple(fc.array(digit, { minLength: 14, maxLength: 14 }), fc.option(fc.tuple(fc.nat(18), odd)))
    .map(([d, change]) => {
      const plain = `${d.slice(0, 4).join('')}-${d.slice(4, 6).join('')}-${d.slice(6, 8).join('')} ${d.slice(8, 10).join('')}:${d.slice(10, 12).join('')}:${d.slice(12).join('')}`;
      return change === null ? plain : plain.slice(0, change[0]) + change[1] + plain.slice(change[0] + 1);
    });
  const valid = fc.integer({ min: -62_000_000_000, max: 253_000_000_000 }).map((seconds) => {
    return new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
  });
  fc.assert(
    fc.property(fc.oneof(text, valid), (value) => {
      // The pattern knows no T between date and time.
      if (value[10] !== ' ') return;
      expect(ISO.timestamp.parse(value)).toBe(slow?.parse(value));
    }),
    { numRuns: 500 },
  );
});

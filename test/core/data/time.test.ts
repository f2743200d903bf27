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

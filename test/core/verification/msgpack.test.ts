import { expect, test } from 'vitest';
import { scanFiles } from '../../../core/verification/scan.ts';
import { array, flaxOf } from './flax-file.ts';
import { fileOf } from './samples.ts';

const scan = (value: string | Buffer) =>
  scanFiles([fileOf('flax_model.msgpack', typeof value === 'string' ? flaxOf(value) : value)]);
const PICKLE = "cos\nsystem\n(S'echo 1234567'\ntR.";
const text = (value: string): string => `\xd9${String.fromCharCode(value.length)}${value}`;

test.each([
  ['an array', array([2, 3], 'float32', 24)],
  ['an array without values', array([0, 3], 'bfloat16', 0)],
  ['an array without dimensions', array([], 'int64', 8)],
  ['a number of NumPy', array([], 'float16', 2, '\x03')],
  ['a complex number', `\xc7\x13\x02\x92\xcb${'x'.repeat(8)}\xcb${'x'.repeat(8)}`],
  ['numbers of any size', '\x9a\x01\xff\xcc\xff\xcd\xff\xff\xd0\x80\xd1\x80\x00\xd2\x80\0\0\0\xca\0\0\0\0\xc0\xc3'],
  ['a text', text('relu is the activation of all')],
  ['lists and mappings in one another', '\x92\x81\xa10\x90\x80'],
])('%s is clean', (_, value) => {
  expect(scan(value)).toMatchObject({ verdict: 'clean', files: [{ format: 'msgpack' }] });
});

test('a name of one letter begins a mapping, too', () => {
  expect(scan(Buffer.from('\x81\xa1a\x81\xa1b\x01', 'latin1'))).toMatchObject({
    verdict: 'clean',
    files: [{ format: 'msgpack' }],
  });
});

test.each([
  ['bytes behind the value', Buffer.concat([flaxOf('\x01'), Buffer.from('x')]), 'after the value'],
  ['a key twice', '\x82\xa1a\x01\xa1a\x02', 'twice'],
  ['an array with fewer bytes than its shape', array([2, 3], 'float32', 20), 'not those of its shape'],
  ['an array of objects', array([2], 'object', 16), 'an array of'],
  ['an array of a type that is a format of fields', array([2], 'O,O', 16), 'an array of'],
  ['a byte that is never used', '\xc1', 'never uses'],
  ['more values than there are', '\x92\x01', 'too early'],
  ['a text that is longer than the file', '\xdb\xff\xff\xff\xff', 'past the end'],
  ['something behind the parts of an array', '\xc7\x0c\x01\x93\x90\xa4bool\xc4\x01x\x01\x01', 'after an array'],
])('%s is a finding', (_, value, message) => {
  const report = scan(value);
  expect(report.findings.map(({ rule }) => rule)).toEqual(['msgpack-malformed']);
  expect(report.findings[0]?.message).toContain(message);
});

test.each([
  ['bytes', '\xc4\x03abc', 'bytes'],
  [
    'bytes that msgpack-numpy unpickles',
    `\x83\xa2nd\xc3\xa4kind\xa1O\xa4data\xc4${String.fromCharCode(PICKLE.length)}${PICKLE}`,
    'bytes',
  ],
  ['keys of bytes', '\x81\xc4\x02nd\xc3', 'keys'],
  ['an extension of others', '\xd4\x05x', 'extension'],
  ['more depth than any model has', `${'\x91'.repeat(70)}\x01`, 'deep'],
])('%s: not scanned', (_, value, message) => {
  const report = scan(value);
  expect(report).toMatchObject({ verdict: 'unscanned', findings: [{ rule: 'unsupported-content' }] });
  expect(report.findings[0]?.message).toContain(message);
});

test('a pickle in the place of a text is found', () => {
  const report = scan(text(PICKLE));
  expect(report.verdict).toBe('finding');
  expect(report.findings.map(({ rule }) => rule)).toContain('pickle-dangerous-import');
});

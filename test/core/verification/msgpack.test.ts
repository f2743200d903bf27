import { expect, test } from 'vitest';
import { scanFiles } from '../../../core/verification/scan.ts';
import { array, flaxOf } from './flax-file.ts';
import { fileOf } from './samples.ts';

const scan = (value: string | Buffer) =>
  scanFiles([fileOf('flax_model.msgpack', typeof value === 'string' ? flaxOf(value) : value)]);
const PICKLE = "cos\nsystem\n(S'echo 1234567'\ntR.";
const text = (value: string): string => `\xd9${String.fromCharCode(value.length)}${value}`;

/** As msgpack-numpy writes an array. */
const numpy = (type: string, kind: string, shape: string, bytes: number | string): string => {
  const data = typeof bytes === 'string' ? bytes : 'x'.repeat(bytes);
  const key = (name: string): string => `\xc4${String.fromCharCode(name.length)}${name}`;
  const given = `${key('type')}${String.fromCharCode(0xa0 + type.length)}${type}${key('kind')}${key(kind)}`;
  return `\x85${key('nd')}\xc3${given}${key('shape')}${shape}${key('data')}${key(data)}`;
};

test.each([
  ['an array', array([2, 3], 'float32', 24)],
  ['an array without values', array([0, 3], 'bfloat16', 0)],
  ['an array without dimensions', array([], 'int64', 8)],
  ['a number of NumPy', array([], 'float16', 2, '\x03')],
  ['a complex number', `\xc7\x13\x02\x92\xcb${'x'.repeat(8)}\xcb${'x'.repeat(8)}`],
  ['numbers of any size', '\x9a\x01\xff\xcc\xff\xcd\xff\xff\xd0\x80\xd1\x80\x00\xd2\x80\0\0\0\xca\0\0\0\0\xc0\xc3'],
  ['a text', text('relu is the activation of all')],
  ['few bytes', '\xc4\x03abc'],
  ['an array of msgpack-numpy', numpy('<f4', '', '\x92\x02\x03', 24)],
  ['a number of msgpack-numpy', '\x83\xc4\x02nd\xc2\xc4\x04type\xa3<f8\xc4\x04data\xc4\x0812345678'],
  ['MessagePack in bytes', `\xc4\x14\x93${text('relu of an input')}\x01\xc0`.replace('\x14', '\x15')],
  ['keys that are hashes', '\x82\xcf\x01\x02\x03\x04\x05\x06\x07\x08\x01\xcf\x01\x02\x03\x04\x05\x06\x07\x09\x02'],
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
  ['a hash twice', '\x82\xcf\x01\x02\x03\x04\x05\x06\x07\x08\x01\xcf\x01\x02\x03\x04\x05\x06\x07\x08\x02', 'twice'],
  ['an array of objects that msgpack-numpy unpickles', numpy('|O', 'O', '\x91\x01', PICKLE), 'objects'],
  ['an array of records', numpy('<f4', 'V', '\x91\x01', 4), 'records'],
  ['objects by their type', numpy('|O8', '', '\x91\x01', 8), 'shape and type'],
  ['an array of others with fewer bytes than its shape', numpy('<f4', '', '\x91\x03', 8), 'shape and type'],
  ['an array with more keys', `${numpy('<f4', '', '\x91\x01', 4).replace('\x85', '\x86')}\xa1a\x01`, 'keys of others'],
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
  ['keys of bytes', '\x81\xc4\x02ab\xc3', 'keys'],
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

test.each([
  ['a pickle', PICKLE, 'pickle-dangerous-import'],
  ['a pickle in MessagePack', `\x91${text(PICKLE)}`, 'pickle-dangerous-import'],
  ['bytes of no format', '\x00\xff'.repeat(20), 'unknown-format'],
])('bytes are judged as a file of their own: %s', (_, bytes, rule) => {
  const report = scan(`\x81\xa4data\xc4${String.fromCharCode(bytes.length)}${bytes}`);
  expect(report.verdict).not.toBe('clean');
  expect(report.findings.map((found) => found.rule)).toContain(rule);
});

test('a mapping with nothing in it is clean', () => {
  expect(scan(Buffer.from([0x80]))).toMatchObject({ verdict: 'clean', files: [{ format: 'msgpack' }] });
});

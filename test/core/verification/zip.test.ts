import { expect, test } from 'vitest';
import { scanFiles } from '../../../core/verification/scan.ts';
import { wide } from '../../../core/verification/zip/archive.ts';
import { fileOf, type ZipEntry, zipOf } from './samples.ts';

function rules(bytes: Uint8Array): string[] {
  return scanFiles([fileOf('a.zip', bytes)]).findings.map(({ rule }) => rule);
}

const entry: ZipEntry = { name: 'data/a.txt', content: 'hello' };

test('an orderly archive is what its entries are, and lists them', () => {
  const report = scanFiles([fileOf('a.zip', zipOf([entry, { name: 'b', content: '' }]))]);
  expect(report).toMatchObject({
    verdict: 'clean',
    files: [
      { path: 'a.zip', format: 'zip', verdict: 'clean' },
      { path: 'a.zip!/data/a.txt', container: 'a.zip', format: 'text', verdict: 'clean' },
      { path: 'a.zip!/b', format: 'empty' },
    ],
  });
});

test('what an entry holds counts for the archive, however deep', () => {
  const inner = zipOf([{ name: 'model', content: "cos\nsystem\n(S'id'\ntR." }]);
  const report = scanFiles([fileOf('a.zip', zipOf([{ name: 'b.zip', content: inner }]))]);
  expect(report.verdict).toBe('finding');
  expect(report.findings).toMatchObject([{ file: 'a.zip!/b.zip!/model', rule: 'pickle-dangerous-import' }]);
});

test.each([
  ['another name in the local header', { ...entry, localName: 'data/b.txt' }, 'zip-mismatch'],
  ['another size in the local header', { ...entry, localSize: 3 }, 'zip-mismatch'],
  ['a stored entry whose sizes differ', { ...entry, declaredSize: 9 }, 'zip-mismatch'],
  ['an encrypted entry', { ...entry, flags: 1 }, 'zip-encrypted'],
  ['an unusual method', { ...entry, method: 99 }, 'zip-method'],
  ['a way out', { ...entry, name: '../../etc/cron.d/x' }, 'zip-slip'],
  ['an absolute name', { ...entry, name: '/etc/passwd' }, 'zip-slip'],
  ['a backslash', { ...entry, name: '..\\x' }, 'zip-slip'],
  ['a declared bomb', { ...entry, method: 8, declaredSize: 4_000_000_000 }, 'zip-bomb'],
  ['a symbolic link', { ...entry, unixMode: 0o120777 }, 'zip-link'],
  ['a device', { ...entry, unixMode: 0o020666 }, 'zip-link'],
  ['a pipe', { ...entry, content: '', unixMode: 0o010666 }, 'zip-link'],
])('%s is a finding', (_, bad, rule) => {
  expect(rules(zipOf([bad]))).toContain(rule);
});

function zip64(...words: readonly number[]): Buffer {
  const field = Buffer.alloc(4 + 8 * words.length);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(8 * words.length, 2);
  for (const [index, word] of words.entries()) field.writeBigUInt64LE(BigInt(word), 4 + 8 * index);
  return field;
}

test('sizes of 64 bits that say the same as the header are clean', () => {
  const same = { ...entry, localExtra: zip64(5, 5), extra: zip64(5, 5, 0) };
  expect(rules(zipOf([same]))).toEqual([]);
});

test('what was zipped from a pipe is clean', () => {
  expect(rules(zipOf([{ ...entry, name: '-', unixMode: 0o010660 }]))).toEqual([]);
});

test('the offset of 64 bits that PyTorch writes into a local header is none of its sizes', () => {
  expect(wide([5, 5], zip64(2 ** 32), 0, [5, 5], 2 ** 32)).toEqual([5, 5]);
  expect(() => wide([5, 5], zip64(2 ** 32), 0, [5, 5], 2 ** 33)).toThrow('zip64');
});

test('the sizes of more than 4 GiB that PyTorch writes into a local header that says 0 are those of the directory', () => {
  const [size, place] = [2 ** 32 + 20, 2 ** 33];
  expect(wide([0, 0], zip64(size, size), 0, [size, size])).toEqual([0, 0]);
  expect(wide([0, 0], zip64(size, size, place), 0, [size, size], place)).toEqual([0, 0]);
  expect(() => wide([0, 0], zip64(size, 9), 0, [size, size])).toThrow('zip64');
});

test.each([
  ['in the directory', { ...entry, extra: zip64(99, 99) }],
  ['of an offset', { ...entry, extra: zip64(5, 5, 77) }],
  ['in the local header', { ...entry, localExtra: zip64(99, 99) }],
  ['that is the offset of an entry below 4 GiB', { ...entry, name: 'b', localExtra: zip64(40) }],
  ['twice', { ...entry, extra: Buffer.concat([zip64(5, 5), zip64(9, 9)]) }],
  ['that are cut', { ...entry, extra: zip64(5, 5).subarray(0, 12) }],
])('sizes of 64 bits %s are held where the header says something else', (_, bad) => {
  expect(rules(zipOf([{ name: 'data', content: 'hello' }, bad]))).not.toEqual([]);
});

test('an entry twice, also in another case, is a finding', () => {
  expect(rules(zipOf([entry, { name: 'data/A.txt', content: 'x' }]))).toEqual(['zip-duplicate']);
  expect(rules(zipOf([entry, { name: 'data/a.txt.', content: 'x' }]))).toEqual(['zip-duplicate']);
  expect(rules(zipOf([entry, { name: 'data /a.txt', content: 'x' }]))).toEqual(['zip-duplicate']);
});

test('data before, behind and between the parts of an archive is a finding', () => {
  const archive = zipOf([entry]);
  expect(rules(Buffer.concat([Buffer.alloc(64, 'x'), archive]))).not.toEqual([]);
  expect(rules(Buffer.concat([archive, Buffer.from('x')]))).toContain('zip-trailing-data');
  expect(rules(zipOf([entry], 'comment'))).toContain('zip-comment');
});

test('an archive behind another format is seen', () => {
  const report = scanFiles([fileOf('a.txt', Buffer.concat([Buffer.from('just text\n'), zipOf([entry])]))]);
  expect(report).toMatchObject({ verdict: 'finding', files: [{ format: 'zip' }] });
});

test('entries that overlap are a finding', () => {
  const archive = zipOf([entry, { name: 'data/b.txt', content: 'hello' }]);
  const second = archive.lastIndexOf('PK\x01\x02', undefined, 'latin1');
  archive.writeUInt32LE(0, second + 42);
  expect(rules(archive)).toContain('zip-overlap');
});

test.each([
  ['a header alone', Buffer.from('PK\x03\x04', 'latin1')],
  ['a directory that is cut', zipOf([entry]).subarray(0, -30)],
])('%s is malformed', (_, bytes) => {
  expect(rules(bytes)).toEqual(['zip-malformed']);
});

test('of an entry with a descriptor the header may leave out what is known later, and nothing else', () => {
  const streamed = Buffer.from(zipOf([{ ...entry, flags: 8 }]));
  streamed.fill(0, 14, 22);
  expect(rules(streamed)).toEqual([]);
  streamed.writeUInt32LE(4, 22);
  expect(rules(streamed)).toEqual(['zip-mismatch']);
});

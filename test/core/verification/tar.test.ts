import { expect, test } from 'vitest';
import { scanFiles } from '../../../core/verification/scan.ts';
import { fileOf } from './samples.ts';
import { END, memberOf, pax, small, tarOf } from './tar-file.ts';

const scan = (bytes: Uint8Array) => scanFiles([fileOf('model', bytes)]);

test.each<[string, Buffer, readonly string[]]>([
  ['a file', small, ['model', 'model!/a.json']],
  [
    'a folder with a file',
    tarOf({ name: './', type: '5' }, { name: './d/', type: '5' }, { name: './d/a', content: 'x' }),
    ['model', 'model!/./d/a'],
  ],
  ['a name in two parts', tarOf({ name: 'a', prefix: 'd', content: 'x' }), ['model', 'model!/d/a']],
  [
    'a long name of GNU',
    tarOf({ name: '././@LongLink', type: 'L', content: 'long/name\0' }, { name: 'x', content: 'x' }),
    ['model', 'model!/long/name'],
  ],
  [
    'a name of pax',
    tarOf({ name: 'p', type: 'x', content: pax('path=other', 'mtime=1.5') }, { name: 'x', content: 'x' }),
    ['model', 'model!/other'],
  ],
  ['nothing', Buffer.concat([memberOf({ name: 'd', type: '5' }), END]), ['model']],
])('with %s is clean, and what it holds is listed', (_, bytes, paths) => {
  const report = scan(bytes);
  expect([report.verdict, report.files[0]?.format]).toEqual(['clean', 'tar']);
  expect(report.files.map(({ path }) => path)).toEqual(paths);
});

test.each<[string, Buffer, string]>([
  ['a pickle that runs code', tarOf({ name: 'a', content: "cos\nsystem\n(S'id'\ntR." }), 'pickle-dangerous-import'],
  ['an absolute name', tarOf({ name: '/etc/passwd', content: 'x' }), 'tar-slip'],
  ['a name that leaves the folder', tarOf({ name: 'a/../../b', content: 'x' }), 'tar-slip'],
  [
    'such a name by pax',
    tarOf({ name: 'p', type: 'x', content: pax('path=../b') }, { name: 'b', content: 'x' }),
    'tar-slip',
  ],
  ['such a name of GNU', tarOf({ name: 'L', type: 'L', content: '../b\0' }, { name: 'b', content: 'x' }), 'tar-slip'],
  ['a symbolic link', tarOf({ name: 'a', type: '2' }), 'tar-link'],
  ['a hard link', tarOf({ name: 'a', type: '1' }), 'tar-link'],
  ['a pipe', tarOf({ name: 'a', type: '6' }), 'tar-special'],
  ['a sparse file', tarOf({ name: 'a', type: 'S' }), 'tar-special'],
  [
    'a sparse file of pax',
    tarOf({ name: 'p', type: 'x', content: pax('GNU.sparse.major=1') }, { name: 'b', content: 'x' }),
    'tar-special',
  ],
  ['a folder with content', tarOf({ name: 'a/', type: '5', content: 'x' }), 'tar-special'],
  ['a file named like a folder', tarOf({ name: 'a/', content: 'x' }), 'tar-special'],
  ['a name twice', tarOf({ name: 'a', content: 'x' }, { name: './A', content: 'y' }), 'tar-duplicate'],
  ['a member past the end', tarOf({ name: 'a', size: '77777777777' }), 'tar-malformed'],
  ['a size that overflows', tarOf({ name: 'a', size: '\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff' }), 'tar-malformed'],
  ['a negative size', tarOf({ name: 'a', size: '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff' }), 'tar-malformed'],
  ['a wrong checksum', tarOf({ name: 'a', sum: 1 }), 'tar-malformed'],
  [
    'a checksum as binary',
    Buffer.concat([small.subarray(0, 148), Buffer.from('\x800000000', 'latin1'), small.subarray(156)]),
    'tar-malformed',
  ],
  ['a size for all members', tarOf({ name: 'g', type: 'g', content: pax('size=1') }, { name: 'a' }), 'tar-malformed'],
  [
    'a pax record of a wrong length',
    tarOf({ name: 'p', type: 'x', content: '99 path=a\n' }, { name: 'a' }),
    'tar-malformed',
  ],
  ['an extended header alone', tarOf({ name: 'p', type: 'x', content: pax('path=abc') }), 'tar-malformed'],
  ['data behind its end', Buffer.concat([small, Buffer.from('x')]), 'tar-trailing-data'],
])('with %s is a finding', (_, bytes, rule) => {
  const report = scan(bytes);
  expect([report.verdict, report.files[0]?.format]).toEqual(['finding', 'tar']);
  expect(report.findings.map((finding) => finding.rule)).toContain(rule);
});

import { rmSync } from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import type { Dialect } from '../../../core/data/text/dialect.ts';
import { contract } from '../../core/data/contract-samples.ts';
import { dataFolder, places } from './checking.ts';

const folder = dataFolder();
afterAll(() => rmSync(folder.directory, { recursive: true, force: true }));

const AB = contract(`
- { name: a, logicalType: string, logicalTypeOptions: { maxLength: 3 } }
- { name: b, logicalType: number, required: true, logicalTypeOptions: { minimum: 0 } }`);
const stated = (dialect: Dialect) => ({ ...AB, dialect });
const utf16be = (text: string): Buffer => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16();

test('texts that stand for missing values are nulls, and break no type', async () => {
  const dialect: Dialect = { missing: ['NA', '-999', "it's (?)"] };
  const name = folder.put('gaps.csv', 'a,b\nx,1\n"NA",2\nit\'s (?),3\nNAN,4\ny,-999\nz,NA \n');
  const report = await folder.check(name, stated(dialect));
  expect([report.columns[0]?.nulls, places(report).toSorted()]).toEqual([
    2,
    ['gaps.csv:6 b required', 'gaps.csv:7 b type'],
  ]);
  expect(places(await folder.check(name, AB))).toContain('gaps.csv:6 b minimum');
});

test('texts that stand for missing values are so behind quotes of another kind, and in gzip', async () => {
  const dialect: Dialect = { missing: ['NA'], quote: "'", delimiter: ';' };
  const name = folder.put('gaps.csv.gz', gzipSync("a;b\n'NA';1\n'x\ny';NA\n"));
  const report = await folder.check(name, stated(dialect));
  expect([report.columns[0]?.nulls, places(report)]).toEqual([1, ['gaps.csv.gz:3 b required']]);
});

describe('text in another encoding or dialect keeps its lines', () => {
  test.each<[what: string, content: string | Uint8Array, dialect: Dialect]>([
    ['semicolons', 'a;b\n"x\ny";1\nz;-1\n', {}],
    ['tabs in a file named CSV', 'a\tb\n"x\ny"\t1\nz\t-1\n', {}],
    ['bars', 'a|b\n"x\ny"|1\nz|-1\n', {}],
    ['a stated delimiter', 'a:b\n"x\ny":1\nz:-1\n', { delimiter: ':' }],
    ['single quotes', "a;b\n'x\ny';1\nz;-1\n", { quote: "'", delimiter: ';' }],
    ['backslashes', 'a,b\n"\\"\ny",1\nz,-1\n', { escape: '\\' }],
    ['spaces around fields', 'a , b\n"x\ny" , 1\nz,  -1 \n', { trim: true }],
    ['UTF-16, little end first', Buffer.from('\uFEFFa,b\n"ü\n💥",1\nz,-1\n', 'utf16le'), {}],
    ['UTF-16, big end first', utf16be('a;b\n"ü\n💥";1\nz;-1\n'), {}],
    ['Latin-1 that is stated', Buffer.from('a;b\n"é\nü";1\nz;-1\n', 'latin1'), { encoding: 'iso-8859-1' }],
    ['Windows-1252 that is stated', Buffer.from('a,b\n"\x80\n\x93",1\nz,-1\n', 'latin1'), { encoding: 'windows-1252' }],
  ])('with %s', async (_, content, dialect) => {
    const report = await folder.check(folder.put('f.csv', content), stated(dialect));
    expect([report.status, places(report)]).toEqual(['failed', ['f.csv:4 b minimum']]);
  });

  test('with UTF-16 within gzip', async () => {
    const name = folder.put('f.csv.gz', gzipSync(Buffer.from('\uFEFFa,b\nü,1\nz,-1\n', 'utf16le')));
    expect(places(await folder.check(name, AB))).toEqual(['f.csv.gz:3 b minimum']);
  });

  test('with JSON Lines in UTF-16', async () => {
    const name = folder.put('f.jsonl', utf16be('{"a":"ü","b":1}\n\n{"a":"z","b":-1}\n'));
    expect(places(await folder.check(name, AB))).toEqual(['f.jsonl:3 b minimum']);
  });

  test('with key=value folders, whose columns stay', async () => {
    for (const k of [1, 2]) folder.put(`part/k=${k}/f.csv`, Buffer.from(`\uFEFFa,b\nü,${k}\n`, 'utf16le'));
    const keyed = contract(`
- { name: a, logicalType: string }
- { name: b, logicalType: number }
- { name: k, logicalType: integer, logicalTypeOptions: { maximum: 1 } }`);
    expect(places(await folder.check('part', keyed))).toEqual(['part/k=2/f.csv:2 k maximum']);
  });
});

test('a report states digest and size of the file as it is, not as it was converted', async () => {
  const bytes = Buffer.from('\uFEFFa,b\nü,1\n', 'utf16le');
  const report = await folder.check(folder.put('own.csv', bytes), AB);
  expect(report).toMatchObject({ status: 'passed', bytes: bytes.length, files: [{ bytes: bytes.length }] });
});

describe('text whose encoding is not what it should be fails', () => {
  const e = Buffer.from('é', 'latin1');
  const file = (...parts: (string | Buffer)[]) => Buffer.concat(parts.map((part) => Buffer.from(part)));

  test.each<[what: string, name: string, content: Uint8Array, dialect: Dialect, line: number | null, why: RegExp]>([
    ['not stated', 'f.csv', file('a,b\nx,1\n', e, ',1\n'), {}, 3, /not UTF-8: .*state its encoding/],
    ['mixed', 'f.csv', file('a,b\nü,1\n', e, ',1\n'), {}, 3, /mixed encodings.*line 2 is UTF-8/],
    ['mixed in JSON Lines', 'f.jsonl', file('{"a":"ü","b":1}\n{"a":"', e, '","b":1}\n'), {}, 2, /mixed encodings/],
    ['stated, and UTF-8 in a line', 'f.csv', file('a,b\n', e, ',1\nü,1\n'), { encoding: 'windows-1252' }, 3, /mixed/],
    [
      'stated, and a byte it lacks',
      'f.csv',
      file('a,b\nx,1\n', Buffer.from([0x81]), ',1\n'),
      { encoding: 'windows-1252' },
      3,
      /0x81/,
    ],
    [
      'stated, and another byte order mark',
      'f.csv',
      Buffer.from('\uFEFFa,b\n', 'utf16le'),
      { encoding: 'windows-1252' },
      1,
      /byte order mark/,
    ],
    ['UTF-16 that is cut', 'f.csv', Buffer.from('\uFEFFa,b\nx,1', 'utf16le').subarray(0, -1), {}, 2, /is cut/],
    ['not stated, with other quotes', 'f.csv', file("a;b\n'x';1\n", e, ';1\n'), { quote: "'" }, 3, /not UTF-8/],
  ])('%s', async (_, name, content, dialect, line, why) => {
    const report = await folder.check(folder.put(name, content), stated(dialect));
    expect([report.status, report.findings[0]]).toEqual([
      'failed',
      expect.objectContaining({ file: name, line, rule: 'text', message: expect.stringMatching(why) }),
    ]);
  });
});

test.each<[what: string, name: string, content: Uint8Array | string, dialect: Dialect, reason: RegExp]>([
  ['gzip named CSV', 'g.csv', gzipSync('a,b\nx,1\n'), {}, /found gzip \(name it \.gz/],
  ['CSV named gzip', 'c.csv.gz', 'a,b\nx,1\n', {}, /expected gzip.*found something else/],
  ['zstd named gzip', 'z.csv.gz', zstdCompressSync('a,b\n'), {}, /expected gzip.*found zstd/],
  [
    'Parquet within gzip named CSV',
    'p.csv.gz',
    gzipSync(Buffer.from('PAR1\x15\x04xxxxxxxxxxxxxxx')),
    {},
    /within gzip.*found Parquet/,
  ],
  ['gzip within gzip', 'gg.csv.gz', gzipSync(gzipSync('a,b\n')), {}, /within gzip.*found gzip/],
  ['a web page named CSV', 'w.csv', '<!DOCTYPE html>\n<html></html>\n', {}, /web page/],
  [
    'a pointer of Git LFS',
    'l.csv',
    'version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 1\n',
    {},
    /git lfs pull/,
  ],
  ['a delimiter that nobody can tell', 'd.csv', 'a;b|c\n1;2|3\n', {}, /state which is meant/],
  ['UTF-32', 'u.csv', Uint8Array.from([0xff, 0xfe, 0, 0, 0x41, 0, 0, 0]), {}, /UTF-32 \(save it as UTF-8\)/],
])('%s is not checked, and what to do is said', async (_, name, content, dialect, reason) => {
  expect(await folder.check(folder.put(name, content), stated(dialect))).toMatchObject({
    status: 'not_checked',
    reason: expect.stringMatching(reason),
  });
});

test.each<[what: string, name: string, content: Uint8Array | string, dialect: Dialect]>([
  ['a name that says nothing, with a stated format', 'data.txt', 'a;b\nx;1\n', { format: 'csv' }],
  ['a name that says nothing, compressed', 'part-0', gzipSync('a,b\nx,1\n'), { format: 'csv' }],
  ['a column named like the mark of Parquet', 'par.csv', 'PAR1,b\nx,1\n', {}],
])('%s is read', async (_, name, content, dialect) => {
  const either = contract('- { name: PAR1, logicalType: string }\n- { name: b, logicalType: number }');
  const report = await folder.check(folder.put(name, content), { ...(name === 'par.csv' ? either : AB), dialect });
  expect(report).toMatchObject({ status: 'passed', rows: 1 });
});

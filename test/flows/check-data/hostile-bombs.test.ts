import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { Null, Table, tableToIPC, vectorFromArray } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { convert } from '../../../adapters/data-sources/convert.ts';
import { conversion } from '../../adapters/duckdb/bundled-engines.ts';
import { contract } from '../../core/data/contract-samples.ts';
import { dataFolder } from './checking.ts';
import { columnChunks, type Struct, set, structs, withFooter } from './parquet-footer.ts';

const folder = dataFolder();
afterAll(() => rmSync(folder.directory, { recursive: true, force: true }));

const A = contract('- { name: a, logicalType: integer, unique: true }');
const HUGE = 2n ** 31n - 1n;

let right: Buffer;
beforeAll(async () => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const path = join(folder.directory, 'written.parquet');
  await connection.run(`COPY (SELECT range::INT AS a FROM range(10)) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  right = readFileSync(path);
});

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

/** A file of nothing but these bytes for a footer. */
function withBytes(footer: readonly number[]): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(64), Buffer.from(footer), length, Buffer.from('PAR1')]);
}

/** Field 1, the version, and the head of field 2, the schema, a list of structs. */
const [VERSION, SCHEMA] = [[0x15, 2], 0x19];
const many = (byte: number): number[] => new Array<number>(300_000).fill(byte);

/** `i32` fields that follow each other, of a struct of Thrift. */
const numbers = (...values: bigint[]): number[] => values.flatMap((value) => [0x15, ...varint(value << 1n)]);

/** A PageHeader: its kind, its size unpacked and packed, and the struct of its kind in its field. */
const page = (kind: bigint, sizes: readonly [bigint, bigint], field: number, ...values: bigint[]): number[] => [
  ...numbers(kind, ...sizes),
  // How far it is behind the third.
  ((field - 3) << 4) | 12,
  ...numbers(...values),
  0,
  0,
];

/** One column of these pages, which state so many values. */
function ofPages(pages: Buffer, values: bigint, codec: bigint, hasDictionary: boolean): Buffer {
  const footer = right.subarray(right.length - 8 - right.readUInt32LE(right.length - 8));
  return withFooter(Buffer.concat([Buffer.from('PAR1'), pages, footer]), (file) => {
    set(file, 3, values);
    for (const group of structs(file, 4)) set(group, 3, values);
    const [chunk] = columnChunks(file);
    const stated: [field: number, value: bigint][] = [
      [4, codec],
      [5, values],
      [7, BigInt(pages.length)],
      [9, 4n],
    ];
    for (const [field, value] of stated) set(chunk, field, value);
    chunk?.delete(11);
    chunk?.delete(12);
    if (hasDictionary) chunk?.set(11, { type: 6, value: 4n });
  });
}

/** Of 64 MB of zeros, which a page states to be 2 GB. */
const packed = (): Buffer => gzipSync(Buffer.alloc(1 << 26), { level: 1 });
const GZIP = 2n;
const [PLAIN, RLE, CODED] = [0n, 3n, 8n];

/** One value for all rows: a dictionary of it, and a run of indexes that are 0. */
function longRun(): Buffer {
  const run = [1, ...varint(HUGE << 1n), 0];
  // One definition for all of them, too: a run of ones, with its length before it.
  const defined = [...varint(HUGE << 1n), 1];
  const levels = Buffer.alloc(4);
  levels.writeUInt32LE(defined.length);
  const body = Buffer.concat([levels, Buffer.from([...defined, ...run])]);
  const dictionary = [...page(2n, [4n, 4n], 7, 1n, PLAIN), 7, 0, 0, 0];
  const size = BigInt(body.length);
  return Buffer.concat([Buffer.from(dictionary), Buffer.from(page(0n, [size, size], 5, HUGE, CODED, RLE, RLE)), body]);
}

/** Groups within each other, a leaf in the last. */
function nest(footer: Struct, depth: number): void {
  const schema = footer.get(2)?.value;
  if (typeof schema !== 'object' || !('items' in schema)) throw new Error('expected a schema');
  const [root, leaf] = structs(footer, 2);
  if (root === undefined || leaf === undefined) throw new Error('expected a column');
  const group: Struct = new Map([
    [3, { type: 5, value: 0n }],
    [4, { type: 8, value: Buffer.from('a') }],
    [5, { type: 5, value: 1n }],
  ]);
  schema.items = [root, ...Array.from({ length: depth }, () => group), leaf];
}

describe('Parquet of few bytes that would take very much is stopped, and says why:', () => {
  test.each<[what: string, bytes: () => Buffer, reason: RegExp]>([
    ['a list of 2³¹ structs', () => withBytes([...VERSION, SCHEMA, 0xfc, ...varint(HUGE), 0]), /Out of Memory/],
    ['a text of 2³¹ bytes', () => withBytes([...VERSION, SCHEMA, 0x1c, 0x48, ...varint(HUGE), 0]), /Out of Memory/],
    ['structs within each other', () => withBytes([...VERSION, ...many(0xcc)]), /can’t be read/],
    ['lists within each other', () => withBytes([...VERSION, 0xc9, ...many(SCHEMA)]), /can’t be read/],
    ['groups within each other', () => withFooter(right, (footer) => nest(footer, 100_000)), /can’t be read|row group/],
    [
      'a page of 2 GB',
      () => {
        const body = packed();
        const head = page(0n, [HUGE - 7n, BigInt(body.length)], 5, 10n, PLAIN, RLE, RLE);
        return ofPages(Buffer.concat([Buffer.from(head), body]), 10n, GZIP, false);
      },
      /Out of Memory/,
    ],
    [
      'a dictionary of 2 GB',
      () => {
        const body = packed();
        const head = page(2n, [HUGE - 7n, BigInt(body.length)], 7, HUGE / 4n, PLAIN);
        return ofPages(Buffer.concat([Buffer.from(head), body]), 10n, GZIP, true);
      },
      /Out of Memory/,
    ],
    ['a run of 2³¹ values', () => ofPages(longRun(), HUGE, 0n, true), /could not be checked within 2 s/],
  ])('%s', async (_, bytes, reason) => {
    folder.put('bomb.parquet', bytes());
    const report = await folder.check('bomb.parquet', A, {
      limits: { seconds: reason.source.includes('2 s') ? 2 : 60 },
    });
    expect(report).toMatchObject({ status: 'not_checked', rows: null, reason: expect.stringMatching(reason) });
    expect(report.reason).not.toContain(folder.directory);
  });
});

describe('Arrow of few bytes', () => {
  test('that states 2³¹ rows of nothing is stopped', async () => {
    const bytes = tableToIPC(new Table({ a: vectorFromArray(new Array(77).fill(null), new Null()) }), 'stream');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + 8 <= bytes.length; at += 4)
      if (view.getBigInt64(at, true) === 77n) view.setBigInt64(at, HUGE, true);
    const source = join(folder.directory, folder.put('bomb.arrows', bytes));
    const limits = { memoryMb: 256, threads: 2, seconds: 2, temporaryMb: 1024 };
    const stopped = convert({ kind: 'arrow', source, target: `${source}.parquet` }, 'bomb.arrows', {
      ...conversion,
      limits,
    });
    await expect(stopped).rejects.toMatchObject({ code: 'timed_out' });
  });
});

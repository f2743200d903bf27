import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import type { DataContract } from '../../../core/data/contract-model.ts';
import { csvLine } from '../../../core/data/csv.ts';
import type { DataReport } from '../../../core/data/report/data-report.ts';
import { quoteText } from '../../../core/data/sql/quote.ts';
import { contract } from '../../core/data/contract-samples.ts';

/** A table of four columns, `null` for no value, and what a contract asks of it. */
export interface RandomTable {
  readonly rows: readonly (readonly [string | null, number | null, number | null, string | null])[];
  readonly asked: {
    readonly required: boolean;
    readonly unique: boolean;
    readonly least: number;
    readonly longest: number;
    readonly few: boolean;
  };
}

const text = fc.string({
  unit: fc.constantFrom(
    'a',
    'B',
    '7',
    ' ',
    ',',
    '"',
    "'",
    '\n',
    '\r\n',
    '\\',
    ';',
    '\t',
    '\u2028',
    'é',
    'e\u0301',
    '😀',
    '列',
    '{',
    '%',
  ),
  minLength: 1,
  maxLength: 6,
});
const whole = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.maxSafeInteger());
const real = fc.oneof(
  fc.integer({ min: -20, max: 20 }).map((value) => value / 4),
  fc
    .double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 })
    .map((value) => (Object.is(value, -0) ? 0 : value)),
);
const day = fc
  .date({ min: new Date('1600-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const nullable = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { freq: 6, nil: null });

export const randomTable: fc.Arbitrary<RandomTable> = fc.record({
  rows: fc.array(fc.tuple(nullable(text), nullable(whole), nullable(real), nullable(day)), {
    minLength: 1,
    maxLength: 30,
  }),
  asked: fc.record({
    required: fc.boolean(),
    unique: fc.boolean(),
    least: fc.integer({ min: -5, max: 5 }),
    longest: fc.integer({ min: 1, max: 6 }),
    few: fc.boolean(),
  }),
});

export function contractOf({ asked }: RandomTable): DataContract {
  const { required, unique, least, longest, few } = asked;
  const options = { maxLength: longest, ...(few ? { pattern: '^[aB7]' } : {}) };
  return contract(`
- { name: t, logicalType: string, required: ${required}, unique: ${unique}, logicalTypeOptions: ${JSON.stringify(options)} }
- { name: i, logicalType: integer, unique: ${unique}, logicalTypeOptions: { minimum: ${least} } }
- { name: r, logicalType: number, logicalTypeOptions: { exclusiveMaximum: ${least}, multipleOf: 0.25 } }
- { name: d, logicalType: date, required: ${required}, logicalTypeOptions: { minimum: "1900-01-01" } }`);
}

export function asCsv({ rows }: RandomTable): string {
  const lines = rows.map((row) => csvLine(row.map((value) => (value === null ? '' : String(value)))));
  return `t,i,r,d\n${lines.join('')}`;
}

export function asJsonLines({ rows }: RandomTable): string {
  return rows.map(([t, i, r, d]) => `${JSON.stringify({ t, i, r, d })}\n`).join('');
}

/** In a file of its own within the folder. */
export async function asParquet({ rows }: RandomTable, folder: string): Promise<Buffer> {
  const sql = (value: string | number | null, type: string): string =>
    value === null ? `CAST(NULL AS ${type})` : `CAST(${quoteText(String(value))} AS ${type})`;
  const values = rows.map(
    ([t, i, r, d]) => `(${sql(t, 'VARCHAR')}, ${sql(i, 'BIGINT')}, ${sql(r, 'DOUBLE')}, ${sql(d, 'DATE')})`,
  );
  const path = join(folder, 'random.written');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(
    `COPY (SELECT * FROM (VALUES ${values.join(', ')}) v(t, i, r, d)) TO '${path}' (FORMAT parquet)`,
  );
  connection.closeSync();
  return readFileSync(path);
}

/** What was decided, with the rows that are shown; lines are another matter in each format. */
export function verdictOf(report: DataReport): unknown {
  const rules = report.rules.map(({ rule, columns, status, count, examples }) => [
    `${rule} ${columns.join()}`,
    status,
    count,
    examples.map(({ row }) => row),
  ]);
  return {
    status: report.status,
    rows: report.rows,
    rules: rules.sort(([a], [b]) => String(a).localeCompare(String(b))),
  };
}

export const FORMATS = ['m.csv', 'm.jsonl', 'm.json', 'm.parquet', 'm.csv.gz', 'm.csv.zst'] as const;

/** The table as the file of this name would hold it. */
export async function bytesOf(name: (typeof FORMATS)[number], table: RandomTable, folder: string): Promise<Buffer> {
  switch (name) {
    case 'm.csv':
      return Buffer.from(asCsv(table));
    case 'm.jsonl':
      return Buffer.from(asJsonLines(table));
    case 'm.json':
      return Buffer.from(`[${asJsonLines(table).trim().split('\n').join(',\n')}]`);
    case 'm.parquet':
      return asParquet(table, folder);
    case 'm.csv.gz':
      return gzipSync(asCsv(table));
    case 'm.csv.zst':
      return zstdCompressSync(asCsv(table));
  }
}

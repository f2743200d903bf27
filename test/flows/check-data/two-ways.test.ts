import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { localFiles } from '../../../adapters/duckdb/files.ts';
import { identify } from '../../../flows/check-data/identify.ts';
import { load } from '../../../flows/check-data/load.ts';
import { measureTable } from '../../../flows/check-data/measure.ts';
import { bundledEngines, conversion } from '../../adapters/duckdb/bundled-engines.ts';
import { contract } from '../../core/data/contract-samples.ts';
import { dataFolder } from './checking.ts';

const folder = dataFolder();
afterAll(() => rmSync(folder.directory, { recursive: true, force: true }));

const VALUES = [
  ...[
    '',
    '1',
    '-1',
    '+7',
    '01',
    '1.',
    '.5',
    '1e3',
    '1e400',
    'NaN',
    'inf',
    '0x10',
    '1_000',
    '١',
    '9'.repeat(401),
    '12345678901234567890',
  ],
  ...[
    'true',
    'FALSE',
    'yes',
    '2020-02-29',
    '2021-02-29',
    '1850-01-01',
    '2020-1-1',
    '20200101',
    '0000-01-01',
    '9999-12-31',
  ],
  ...[
    '2020-01-01 10:00:00',
    '2020-01-01T10:00Z',
    '2020-01-01 10:00:00,5',
    '2020-01-01 10:00:00+02:00',
    '2020-01-01 10:00+0200',
    '2020-01-01 25:00:00',
    '2020-01-01 23:59:60',
  ],
  ...['JFK', 'jfk', 'ünï', '💥💥', "it's", 'a\nb', 'x,y'],
];

test.each([
  'integer, logicalTypeOptions: { minimum: 0, exclusiveMaximum: 7, multipleOf: 7 }',
  'number, required: true, logicalTypeOptions: { minimum: -0.5, maximum: 1000, multipleOf: 0.5 }',
  'boolean',
  'date, logicalTypeOptions: { minimum: "1900-01-01" }',
  'timestamp, logicalTypeOptions: { maximum: "2020-01-01 09:00:00" }',
  'string, logicalTypeOptions: { minLength: 2, maxLength: 3, pattern: "^[A-Za-zü💥]+" }',
  'string, logicalTypeOptions: { enum: ["JFK", "it\'s", "1"] }',
])('counted and scanned, values of type %s violate the same rules', async (type) => {
  const lines = VALUES.map((value) => `"${value.replaceAll('"', '""')}",k\n`);
  const name = folder.put('values.csv', `v,k\n${lines.join('')}`);
  const files = localFiles({ directory: folder.directory, conversion });
  const dataset = await identify(name, files);
  const limits = { memoryMb: 256, threads: 1, seconds: 60, temporaryMb: 64 };
  const engine = await bundledEngines().open([join(folder.directory, name)], limits);
  try {
    const { table } = await load(dataset, 'trainyard.head', engine, files);
    const ruled = contract(`- { name: v, logicalType: ${type} }\n- { name: k, logicalType: string }`);
    const results = [];
    for (const most of [1000, 1]) {
      const { rules } = await measureTable(table, ruled, engine, most);
      results.push(rules.filter(({ columns }) => columns[0] === 'v').map(({ rule, count }) => [rule, count]));
    }
    expect(results[1]).toEqual(results[0]);
  } finally {
    await engine.close();
  }
});

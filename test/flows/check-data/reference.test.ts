import { rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import type { DataContract } from '../../../core/data/contract-model.ts';
import { contract, DATA_FILE } from '../../core/data/contract-samples.ts';
import { validateCsv } from '../../core/data/csv-reference/validate.ts';
import { dataFolder } from './checking.ts';

const folder = dataFolder();
afterAll(() => rmSync(folder.directory, { recursive: true, force: true }));

const VALUES = [
  ...['', '0', '1', '-1', '+7', '007', '1.0', '1.5', '.5', '1e3', '1e400', 'NaN', 'inf', '0x10', '9007199254740993'],
  ...['true', 'FALSE', 'yes', '2020-02-29', '2021-02-29', '1850-01-01', '20200101', '2020-01-01T10:00:00Z'],
  ...['JFK', 'jfk', '😀😀', 'a\nb', 'x,y', 'a"b', ' JFK', 'JFK'],
];
const quoted = (value: string): string => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
const CSV = `id,a\n${VALUES.map((value, index) => `${index},${quoted(value)}\n`).join('')}`;

/** `line column rule`, from where each tells of a value; the reader writes `maxLength` where the engine has `max_length`. */
const placesOf = (findings: readonly { rule: string; line: number | null; column: string | null }[]): Set<string> =>
  new Set(
    findings.map(({ rule, line, column }) => {
      const named = rule.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      return `${line} ${column} ${named}`;
    }),
  );
const rulesOf = (places: ReadonlySet<string>): readonly string[] =>
  [...new Set([...places].map((place) => place.slice(place.indexOf(' ') + 1)))].sort();

test.each([
  'logicalType: integer, required: true',
  'logicalType: integer, logicalTypeOptions: { minimum: 0, exclusiveMaximum: 7, multipleOf: 7 }',
  'logicalType: number, required: true, logicalTypeOptions: { minimum: -0.5, maximum: 1000, multipleOf: 0.5 }',
  'logicalType: boolean',
  'logicalType: date, logicalTypeOptions: { minimum: "1900-01-01" }',
  'logicalType: timestamp, required: true',
  'logicalType: string, unique: true',
  'logicalType: string, logicalTypeOptions: { minLength: 2, maxLength: 3 }',
  "logicalType: string, logicalTypeOptions: { pattern: '^[A-Z]{3}$' }",
  'logicalType: string, logicalTypeOptions: { enum: [JFK, "1", "x,y"] }',
])('the engine finds in a file what a reader of its own, line by line, finds: %s', async (options) => {
  const using: DataContract = contract(`- { name: id, logicalType: integer }\n- { name: a, ${options} }`);
  const reference = validateCsv([Buffer.from(CSV)], using, { file: DATA_FILE });
  const report = await folder.check(folder.put('values.csv', CSV), using);
  expect(report.status).toBe(reference.status);
  const [expected, found] = [placesOf(reference.findings), placesOf(report.findings)];
  expect(rulesOf(found)).toEqual(rulesOf(expected));
  // It shows some examples of each rule, the reader all; of what repeats, it shows the first one, too.
  const more = [...found].filter((place) => !expected.has(place) && !place.endsWith(' unique'));
  expect(more).toEqual([]);
});

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { NOTHING } from '../../../flows/check-data/draft-contract.ts';
import { pythonWith } from '../../python.ts';
import { dataFolder } from './checking.ts';

const folder = dataFolder();
let python: ReturnType<typeof pythonWith>;
beforeAll(() => {
  python = pythonWith('pandas==2.3.3');
});
afterAll(() => {
  rmSync(folder.directory, { recursive: true, force: true });
  python.remove();
});

/** By file: the cells that the csv module reads, the header first, and pandas' nulls of each column; null where one refuses. */
const READ = `
import csv, json, sys, pandas
def read(path):
  try:
    with open(path, newline='', encoding='utf-8-sig') as file: rows = list(csv.reader(file, strict=True))
    rows = [row or [''] if len(rows[0]) == 1 else row for row in rows]
    if any(len(row) != len(rows[0]) for row in rows): return None
    frame = pandas.read_csv(path, dtype=str, keep_default_na=False, na_values=[''], skip_blank_lines=False)
    if len(frame.columns) != len(rows[0]): return None
    return {'rows': rows, 'nulls': [int(frame.iloc[:, at].isna().sum()) for at in range(len(rows[0]))]}
  except (csv.Error, ValueError): return None
names = json.load(open(sys.argv[1]))
print(json.dumps([read(name) for name in names]))
`;
const Cells = z.array(z.object({ rows: z.array(z.array(z.string())), nulls: z.array(z.int()) }).nullable());

const ATOMS = [
  'a',
  'b',
  ' ',
  '\t',
  '"',
  ',',
  ';',
  '|',
  '\n',
  '\r\n',
  '\r',
  'é',
  '東',
  '\u2028',
  '\x85',
  '\x0b',
  'NA',
  '\\',
  "'",
  '#',
  '😀',
];

const cell = fc.array(fc.constantFrom(...ATOMS), { maxLength: 4 }).map((atoms) => atoms.join(''));

/** Written as many programs do, and at times not quite. */
const file = fc
  .record({
    columns: fc.integer({ min: 1, max: 3 }),
    cells: fc.array(cell, { minLength: 3, maxLength: 15 }),
    end: fc.constantFrom('\n', '\r\n'),
    mark: fc.constantFrom('', '', '\uFEFF'),
    always: fc.boolean(),
    damage: fc.option(fc.tuple(fc.nat(), fc.constantFrom('"', '\n', '\r\n', ',', '""', '\n"')), { freq: 2 }),
  })
  .map(({ columns, cells, end, mark, always, damage }) => {
    const quoted = (text: string): string =>
      always || text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    const names = Array.from({ length: columns }, (_, at) => quoted(`n${at}${cells[at] ?? ''}`));
    const lines = [names];
    for (let at = 0; at + columns <= cells.length; at += columns) lines.push(cells.slice(at, at + columns).map(quoted));
    const text = mark + lines.map((line) => line.join(',') + end).join('');
    if (damage === null) return text;
    const place = mark.length + (damage[0] % (text.length - mark.length));
    return text.slice(0, place) + damage[1] + text.slice(place);
  });

test('what passes has the cells that Python reads, and the nulls of pandas', async () => {
  const texts = fc.sample(file, { seed: 29, numRuns: 40 });
  const names = texts.map((text, at) => folder.put(`${at}.csv`, text));
  const list = join(folder.directory, 'names.json');
  writeFileSync(list, JSON.stringify(names.map((name) => join(folder.directory, name))));
  const read = Cells.parse(JSON.parse(python.run(READ, list)));
  let passed = 0;
  for (const [at, name] of names.entries()) {
    const { status, rows, columns } = await folder.check(name, NOTHING);
    if (status !== 'passed') continue;
    passed += 1;
    const [header = [], ...cells] = read[at]?.rows ?? [];
    const text = readFileSync(join(folder.directory, name), 'utf8');
    expect([text, rows, columns.map((one) => one.name)]).toEqual([text, cells.length, header]);
    const counted = columns.map(({ top }) => new Map(top.map(({ value, count }) => [value, count])));
    const values = header.map((_, column) => {
      const counts = new Map<string, number>();
      for (const row of cells) {
        const value = row[column] ?? '';
        if (value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
      }
      return counts;
    });
    expect([text, counted]).toEqual([text, values]);
    expect([text, columns.map(({ nulls }) => nulls)]).toEqual([text, read[at]?.nulls]);
  }
  // Else the files would be of another kind than is meant.
  expect(passed).toBeGreaterThan(20);
});

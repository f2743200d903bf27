import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeNested, nestedQuery, nestedRules } from '../../../../core/data/checks/nested-rules.ts';
import { readNestedType } from '../../../../core/data/checks/nested-type.ts';
import { quoteName } from '../../../../core/data/sql/quote.ts';
import { contract } from '../contract-samples.ts';
import { inMemory } from '../duckdb.ts';

const ask = inMemory();

/** Judges a column of the given values, each an expression; `path rule: count`, or why not. */
async function judge(values: readonly string[], type: string, text: string): Promise<string[]> {
  const rows = values.map((value) => `(CAST(${value} AS ${type}))`).join(', ');
  await ask(`CREATE OR REPLACE TABLE n AS SELECT v AS c0 FROM (VALUES ${rows}) AS t(v)`);
  const [column] = contract(`- { name: v, ${text} }`).columns;
  const [described] = await ask("SELECT data_type FROM duckdb_columns() WHERE table_name = 'n'");
  if (column === undefined) throw new Error('expected a column');
  const table = { name: 'v', sql: 'c0', type: String(described), typed: true };
  const rules = nestedRules(column, table, 'n');
  const query = nestedQuery({ relation: 'n', rows: values.length, columns: [table], numbered: 'n' }, rules);
  const measured = judgeNested(column, table, rules, query === null ? [] : await ask(query), values.length);
  for (const { search } of measured) if (search !== null) await ask(`SELECT count(*) FROM n WHERE ${search.where}`);
  return measured
    .filter(({ status }) => status !== 'passed')
    .map(({ columns, rule, count, found }) => `${columns.join()} ${rule}: ${count ?? found}`);
}

const DEEP =
  'logicalType: array, items: { logicalType: array, logicalTypeOptions: { maxItems: 2 }, items: { logicalType: integer, required: true, logicalTypeOptions: { minimum: 0 } } }';

test.each([
  [
    'lists of lists',
    ['[[1, 2], [3]]', '[[1, -2], []]', '[[NULL]]', '[[1, 2, 3]]', 'NULL'],
    'INTEGER[][]',
    DEEP,
    ['v[] max_items: 1', 'v[][] required: 1', 'v[][] minimum: 1'],
  ],
  [
    'lists of one length',
    ['[1, 2]', '[1, 1]', '[NULL, NULL]'],
    'INTEGER[2]',
    'logicalType: array, logicalTypeOptions: { uniqueItems: true, minItems: 2 }',
    ['v unique_items: 1'],
  ],
  [
    'dates and times',
    ["{'d': '1850-01-01', 't': '08:00:00'}", "{'d': '2024-02-29', 't': '23:00:00'}"],
    'STRUCT(d DATE, t TIME)',
    'logicalType: object, properties: [{ name: d, logicalType: date, logicalTypeOptions: { minimum: "1900-01-01" } }, { name: t, logicalType: time, logicalTypeOptions: { maximum: "22:00" } }]',
    ['v.d minimum: 1', 'v.t maximum: 1'],
  ],
  [
    'NaN and large integers',
    ["{'x': 'nan', 'n': 9007199254740993}", "{'x': 1, 'n': 9007199254740992}"],
    'STRUCT(x DOUBLE, n BIGINT)',
    'logicalType: object, properties: [{ name: x, logicalType: number }, { name: n, logicalType: integer, logicalTypeOptions: { maximum: 9007199254740992 } }]',
    ['v.x type: 1', 'v.n maximum: 1'],
  ],
  [
    'another type of a field',
    ["{'x': 'a'}"],
    'STRUCT(x VARCHAR)',
    'logicalType: object, properties: [{ name: x, logicalType: integer }]',
    ['v.x type: 1'],
  ],
  [
    'a map',
    ["MAP {'a': 1}"],
    'MAP(VARCHAR, INTEGER)',
    'logicalType: object',
    ['v type: values of the type MAP(VARCHAR, INTEGER) can’t be looked into'],
  ],
  ['no object', ['1'], 'INTEGER', 'logicalType: object', ['v type: 1']],
  [
    'a unique field in a list',
    ["[{'x': 1}]"],
    'STRUCT(x INTEGER)[]',
    'logicalType: array, items: { logicalType: object, properties: [{ name: x, unique: true }] }',
    ['v[].x unique: uniqueness over the items of all rows is not computed: state uniqueItems of the array'],
  ],
  [
    'a format that SQL can’t read',
    ["{'x': '29/02/2024'}"],
    'STRUCT(x VARCHAR)',
    'logicalType: object, properties: [{ name: x, logicalType: date, logicalTypeOptions: { format: dd/MM/yyyy } }]',
    ['v.x type: this format or pattern can be checked of whole columns only'],
  ],
] as const)('values inside of values are judged: %s', async (_what, values, type, text, expected) => {
  expect(await judge(values, type, text)).toEqual(expected);
});

test('types are read as the engine writes them, whatever their names hold', async () => {
  const name = fc.string({
    minLength: 1,
    maxLength: 8,
    unit: fc.constantFrom('a', 'B', '"', ',', '(', ')', ' ', '[', ']', 'é', "'", 'INTEGER'),
  });
  const type = fc.constantFrom(
    'INTEGER',
    'VARCHAR[]',
    'DECIMAL(9,2)',
    'STRUCT(x INTEGER, "y,z" VARCHAR)',
    'MAP(VARCHAR, INTEGER)',
  );
  const fields = fc.uniqueArray(fc.tuple(name, type), {
    minLength: 1,
    maxLength: 4,
    selector: ([of]) => of.toLowerCase(),
  });
  await fc.assert(
    fc.asyncProperty(fields, async (given) => {
      const written = given.map(([of, kind]) => `${quoteName(of)} ${kind}`).join(', ');
      const [text] = await ask(`SELECT typeof(CAST(NULL AS STRUCT(${written})))`);
      const read = readNestedType(String(text));
      expect(read.kind === 'struct' ? [...read.fields.keys()] : read).toEqual(given.map(([of]) => of));
    }),
    { numRuns: 150, seed: 4 },
  );
});

test('no text crashes the reader of types', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(['struct', 'list', 'other']).toContain(readNestedType(`STRUCT(${text})`).kind);
    }),
  );
});

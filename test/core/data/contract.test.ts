import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseContract } from '../../../core/data/contract.ts';
import { CONTRACT_FILE, contract, contractText } from './contract-samples.ts';

const file = CONTRACT_FILE;

function problems(text: string): readonly string[] {
  const result = parseContract(text, { file });
  return result.ok ? [] : result.problems.map(({ line, message }) => `${line}: ${message}`);
}

test("reads the example's contract, all of it checked", () => {
  const text = readFileSync(
    new URL('../../../examples/flight-delay/models/flight-delay/flights.odcs.yaml', import.meta.url),
    'utf8',
  );
  const result = parseContract(text, { file });
  expect(result).toMatchObject({ ok: true, contract: { name: 'flights', notChecked: [] } });
});

test('reads types, keys and options of a column', () => {
  const { columns } = contract(`
- name: id
  logicalType: string
  primaryKey: true
  primaryKeyPosition: 1
  unique: true
- name: month
  logicalType: integer
  required: true
  logicalTypeOptions: { minimum: 1, exclusiveMaximum: 13 }`);
  expect(columns[0]).toMatchObject({
    name: 'id',
    logicalType: 'string',
    required: true,
    unique: true,
    primaryKey: 1,
    line: 9,
  });
  expect(columns[1]?.options).toMatchObject({
    minimum: { value: 1, exclusive: false },
    maximum: { value: 13, exclusive: true },
  });
});

test('reads the exclusive flag that ODCS 3.0 tools write', () => {
  const { columns } = contract(
    '- { name: a, logicalType: number, logicalTypeOptions: { minimum: 0, exclusiveMinimum: true } }',
  );
  expect(columns[0]?.options.minimum).toMatchObject({ value: 0, exclusive: true });
});

test('allows keys that it does not know', () => {
  expect(problems(`${contractText('- { name: a, businessName: A, x-team: data }')}x-custom: 1\n`)).toEqual([]);
});

test.each([
  ['a type that the standard does not have', '- { name: a, logicalType: blob }', 'type "blob" of column "a"'],
  [
    'an option that it does not know',
    '- { name: a, logicalType: integer, logicalTypeOptions: { prime: true } }',
    'option "prime"',
  ],
  [
    'an option of another type',
    '- { name: a, logicalType: boolean, logicalTypeOptions: { minimum: 0 } }',
    'option "minimum"',
  ],
  [
    'a pattern that could run forever',
    "- { name: a, logicalType: string, logicalTypeOptions: { pattern: '(?=a)' } }",
    'option "pattern"',
  ],
  [
    'a format that it cannot read',
    '- { name: a, logicalType: date, logicalTypeOptions: { format: dd-MMM-yy } }',
    'option "format"',
  ],
  [
    'a time zone other than UTC',
    '- { name: a, logicalType: timestamp, logicalTypeOptions: { defaultTimezone: Europe/Paris } }',
    'option "defaultTimezone"',
  ],
  [
    'a custom rule',
    '- { name: a, quality: [{ type: custom, engine: soda, implementation: x }] }',
    'quality rule of type "custom"',
  ],
  ['a metric of its own', '- { name: a, quality: [{ metric: skew, mustBe: 0 }] }', 'quality metric "skew"'],
  ['a key that is misspelt', '- { name: a, requred: true }', 'key "requred" of column "a" (did you mean required?)'],
  ['a key of another standard', '- { name: a, isUnique: true }', 'did you mean unique?'],
  [
    'an option beside the options',
    '- { name: a, logicalType: integer, minimum: 0 }',
    'key "minimum" of column "a" (did you mean logicalTypeOptions.minimum?)',
  ],
  [
    'an argument that the metric does not have',
    '- { name: a, quality: [{ metric: missingValues, arguments: { missing: [x] }, mustBe: 0 }] }',
    'argument "missing" of missingValues of column "a"',
  ],
  [
    'a share of the row count',
    '- { name: a, quality: [{ metric: rowCount, unit: percent, mustBe: 9 }] }',
    'unit "percent" of rowCount',
  ],
  [
    'a text that a count must be',
    '- { name: a, quality: [{ metric: nullValues, mustBe: none }] }',
    'nullValues: mustBe expects a number, found "none" (column "a")',
  ],
  [
    'a truth that a mean must be',
    '- { name: a, quality: [{ type: custom, engine: trainyard, implementation: { aggregate: mean, mustBe: true } }] }',
    'mean: mustBe expects a number, found true',
  ],
  [
    'a text that a query must give',
    '- { name: a, quality: [{ type: sql, query: SELECT 1, mustBe: "yes" }] }',
    'sql: mustBe expects a number, found "yes"',
  ],
  [
    'a misspelt operator',
    '- { name: a, quality: [{ metric: nullValues, mustBeLess: 3 }] }',
    'nullValues: "mustBeLess" is no operator, expected one of mustBe, mustNotBe,',
  ],
  [
    'a rule without an operator',
    '- { name: a, quality: [{ metric: nullValues }] }',
    'nullValues: no operator, write what it must be, such as mustBe: 0',
  ],
  [
    'a range of one number',
    '- { name: a, quality: [{ metric: nullValues, mustBeBetween: 3 }] }',
    'mustBeBetween expects two numbers, the smaller first, found',
  ],
  [
    'a misspelt metric',
    '- { name: a, quality: [{ metric: nullValue, mustBe: 0 }] }',
    'metric "nullValue" of column "a" (did you mean nullValues?)',
  ],
  [
    'a metric of no library',
    '- { name: a, quality: [{ metric: freshness, mustBe: 0 }] }',
    'metric "freshness" of column "a" (expected one of nullValues, missingValues,',
  ],
  [
    'a number without end',
    '- { name: a, quality: [{ metric: nullValues, mustBeLessThan: .inf }] }',
    'mustBeLessThan expects a number, found',
  ],
  ['a query without text', '- { name: a, quality: [{ type: sql, mustBe: 0 }] }', 'it needs a query, one SELECT'],
  [
    'values that are no list',
    '- { name: a, quality: [{ metric: invalidValues, mustBe: 0, arguments: { validValues: x } }] }',
    'arguments.validValues is a list of values',
  ],
  [
    'invalid values without a word of what is valid',
    '- { name: a, quality: [{ metric: invalidValues, mustBe: 0 }] }',
    'invalidValues: it needs arguments.validValues or arguments.pattern',
  ],
  ['a unit of its own', '- { name: a, quality: [{ metric: nullValues, mustBe: 0, unit: minutes }] }', 'unit "minutes"'],
])('lists %s as not checked', (_, columns, what) => {
  expect(contract(columns).notChecked).toEqual([{ what: expect.stringContaining(what), line: 9, severity: 'fail' }]);
});

test.each([
  ['of a dataset that the contract does not have', 'element: flight.a'],
  ['of a column that is not there', 'element: flights.b'],
  ['of none', ''],
])('lists freshness %s as not checked', (_, element) => {
  const sla = `- { property: Freshness, value: 1, unit: d${element === '' ? '' : `, ${element}`} }`;
  const { freshness, notChecked } = contract('- { name: a, logicalType: date }', { sla });
  expect([freshness, notChecked]).toMatchObject([
    [],
    [{ what: expect.stringContaining('freshness'), severity: 'fail' }],
  ]);
});

test.each([
  ['several elements, separated by commas', '{ property: latency, value: 1, unit: d, element: "flights.a, b" }'],
  ['a month', '{ property: latency, value: 1, unit: month, element: flights.a }'],
])('reads freshness of %s', (_, sla) => {
  const { freshness, notChecked } = contract('- { name: a, logicalType: date }\n- { name: b, logicalType: date }', {
    sla: `- ${sla}`,
  });
  expect(freshness.map(({ column, seconds }) => [column, seconds])).toEqual(
    sla.includes('month')
      ? [['a', 2_629_800]]
      : [
          ['a', 86_400],
          ['b', 86_400],
        ],
  );
  expect(notChecked).toEqual([]);
});

test('an SLA property that names no element is about the default one', () => {
  const text = contractText('- { name: a, logicalType: date }', {
    sla: '- { property: freshness, value: 1, unit: d }',
  });
  const read = parseContract(`${text}slaDefaultElement: flights.a\n`, { file });
  expect(read).toMatchObject({ ok: true, contract: { freshness: [{ column: 'a' }], notChecked: [] } });
});

test.each([
  [
    'a range that is the wrong way round',
    '{ metric: rowCount, mustBeBetween: [9, 3] }',
    'two numbers, the smaller first',
  ],
  ['a count of nulls', '{ metric: nullValues, mustBe: 0 }', 'nullValues: it belongs to a column, not to the table'],
  ['a key of no columns', '{ metric: duplicateValues, mustBe: 0 }', 'it needs arguments.properties, a list of columns'],
  [
    'a key of a column that is not there',
    '{ metric: duplicateValues, mustBe: 0, arguments: { properties: [colum] } }',
    'duplicateValues: it names "colum", which is no column; did you mean "column"?',
  ],
])('of a table lists %s as not checked, and checks the other rules', (_, wrong, what) => {
  const { notChecked, rules } = contract('- name: column', `- ${wrong}\n- { metric: rowCount, mustBe: 3 }`);
  expect(notChecked).toEqual([{ what: expect.stringContaining(what), line: 11, severity: 'fail' }]);
  expect(rules).toMatchObject([{ metric: 'rowCount', line: 12 }]);
});

test('a warning that is wrong in itself is a warning not checked', () => {
  const { notChecked } = contract('- name: a', '- { metric: rowCount, severity: warning }');
  expect(notChecked).toMatchObject([{ severity: 'warn' }]);
});

test.each([
  ['the contract', contractText('- name: a').replace('status:', 'slaPropertys: []\nstatus:'), 'slaProperties'],
  [
    'the schema object',
    contractText('- name: a').replace('    properties:', '    qualty: []\n    properties:'),
    'quality',
  ],
  ['a quality rule', contractText('- name: a', '- { metric: rowCount, mustBe: 1, servity: warning }'), 'severity'],
])('lists a misspelt key of %s as not checked', (where, text, meant) => {
  expect(parseContract(text, { file })).toMatchObject({
    ok: true,
    contract: {
      notChecked: [{ what: expect.stringMatching(`of ${where}.*\\(did you mean ${meant}\\?\\)`), severity: 'fail' }],
    },
  });
});

test.each([
  ['a property of the data', '{ property: retention, value: 3, unit: y }', 'SLA property retention', 'warn'],
  ['a typo', '{ property: freshnes, value: 3, unit: d }', '(did you mean freshness?)', 'fail'],
  ['a unit that is none', '{ property: freshness, value: 3, unit: 5, element: a }', 'freshness (it needs', 'fail'],
  ['elements in a list', '{ property: latency, value: 3, unit: d, element: [a] }', 'latency (it needs', 'fail'],
  ['no property', '{ value: 3, unit: d }', 'without a name', 'fail'],
  ['no mapping', 'freshness', 'without a name', 'fail'],
])('an SLA property that is %s is listed as not checked', (_, item, what, severity) => {
  const { notChecked } = contract('- { name: a, logicalType: date }', { sla: `- ${item}` });
  expect(notChecked).toEqual([{ what: expect.stringContaining(what), line: expect.any(Number), severity }]);
});

test('SLA properties of a service, and of other standards, are let be', () => {
  const sla =
    '- { property: availability, value: 99 }\n- { property: endOfSupport, value: x }\n- { property: ours, value: 1 }';
  expect(contract('- { name: a, logicalType: date }', { sla }).notChecked).toEqual([]);
});

test.each([
  ['duplicateCount', '{ rule: duplicateCount, mustBeLessThan: 5 }', 'duplicateValues', 'mustBeLessThan'],
  ['nullCheck', '{ type: library, rule: nullCheck }', 'nullValues', 'mustBe'],
  ['validValues', '{ rule: validValues, validValues: [x] }', 'invalidValues', 'mustBe'],
])('reads the rule %s of ODCS 3.0', (_, rule, metric, operator) => {
  const { rules, notChecked } = contract(`- { name: a, quality: [${rule}] }`);
  expect([rules, notChecked]).toMatchObject([[{ metric, columns: ['a'], conditions: [{ operator }] }], []]);
});

test.each([
  ['INTEGER', 'integer'],
  ['bigint', 'integer'],
  ['DECIMAL(10, 2)', 'number'],
  ['double precision', 'number'],
  ['varchar(18)', 'string'],
  ['TIMESTAMP WITH TIME ZONE', 'timestamp'],
  ['bool', 'boolean'],
])('takes the physical type %s for a logical one where none is stated', (physical, logicalType) => {
  const { columns, notChecked } = contract(`- { name: a, physicalType: "${physical}" }`);
  expect([columns, notChecked]).toMatchObject([[{ logicalType }], []]);
});

test.each([
  ['a physical type beside a logical one', '- { name: a, logicalType: string, physicalType: INTEGER }', 'string', 0],
  ['one that is empty', '- { name: a, physicalType: null }', null, 0],
  ['one that says nothing of values', '- { name: a, physicalType: GEOGRAPHY }', null, 1],
])('leaves %s to other tools', (_, columns, logicalType, warnings) => {
  const read = contract(columns);
  expect(read.columns).toMatchObject([{ logicalType }]);
  expect(read.notChecked.map(({ severity }) => severity)).toEqual(Array.from({ length: warnings }, () => 'warn'));
});

test.each([
  ['a text rule', '- { name: a, quality: [{ type: text, description: checked by hand }] }'],
  [
    'a format of a string that has no pattern',
    '- { name: a, logicalType: string, logicalTypeOptions: { format: password } }',
  ],
])('lists %s as a warning', (_, columns) => {
  expect(contract(columns).notChecked).toMatchObject([{ severity: 'warn' }]);
});

test.each([
  ['another standard', 'kind: Other\napiVersion: v3.1.0', /kind/],
  ['an old version', contractText('- name: a').replace('v3.1.0', 'v2.2.2'), /^1: apiVersion: expected ODCS v3/],
  ['no columns', contractText('- name: a').replace(/ {4}properties:[\s\S]*/, ''), /declares no columns/],
  ['a column declared twice', contractText('- name: a\n- name: a'), /^10: column "a" is declared twice/],
  [
    'a bound that is no number',
    contractText('- { name: a, logicalType: integer, logicalTypeOptions: { minimum: low } }'),
    /^9: minimum of column "a": expected a number, found "low"/,
  ],
  [
    'a date bound that is no date',
    contractText("- { name: a, logicalType: date, logicalTypeOptions: { minimum: '2013-02-30' } }"),
    /expected a quoted date/,
  ],
  [
    'a time zone that the format has no place for',
    contractText('- { name: a, logicalType: time, logicalTypeOptions: { format: "HH:mm", timezone: true } }'),
    /timezone of column "a": expected false, since the format HH:mm has no offset, found true/,
  ],
  [
    'a time zone by its name',
    contractText('- { name: a, logicalType: time, logicalTypeOptions: { timezone: UTC } }'),
    /timezone of column "a": expected true or false/,
  ],
  ['a duplicate key', 'kind: DataContract\nkind: DataContract\n', /^2: .*unique/],
  ['an alias', 'a: &x 1\nb: *x\n', /aliases are not supported/],
  ['a duplicate key further in', contractText('- { name: a, name: b }'), /^9: .*unique/],
  ['very many keys', Array.from({ length: 40_000 }, (_, at) => `k${at}: 1\n`).join(''), /kind/],
  ['very many errors', `[${','.repeat(50_000)}`, /Unexpected/],
  ['a custom tag', 'a: !!js/function x\n', /tag/],
  ['no mapping', '- 1\n', /expected a data contract/],
  ['nothing', '', /expected a data contract/],
  ['too much', ' '.repeat(1_100_000), /at most/],
])('refuses %s, with the line', (_, text, message) => {
  expect(problems(text).join('\n')).toMatch(message);
});

test('takes the schema object that is named after the data, and none where several could be meant', () => {
  const text = contractText('- name: a').replace(
    'schema:\n',
    'schema:\n  - name: other\n    properties: [{ name: b }]\n',
  );
  expect(parseContract(text, { file, path: 'data/flights.csv' })).toMatchObject({
    ok: true,
    contract: { name: 'flights' },
  });
  expect(parseContract(text, { file, dataset: 'other' })).toMatchObject({ ok: true, contract: { name: 'other' } });
  expect(problems(text).join()).toMatch(/several schema objects \("other", "flights"\)/);
});

test('never throws, whatever the text', () => {
  const lines = contractText('- { name: a, logicalType: integer, quality: [{ metric: nullValues, mustBe: 0 }] }').split(
    '\n',
  );
  const junk = fc.oneof(
    fc.constantFrom(
      '? ',
      '- - -',
      '&a',
      '*a',
      '{',
      '[[',
      '"',
      '!!binary x',
      '<<: *a',
      '\t',
      '%YAML 9',
      '---',
      '  properties: 3',
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.nat({ max: lines.length }), junk, (at, line) => {
      expect(parseContract([...lines.slice(0, at), line, ...lines.slice(at + 1)].join('\n'), { file })).toHaveProperty(
        'ok',
      );
    }),
    { numRuns: 300 },
  );
});

test('ends on deep nesting', () => {
  expect(parseContract('['.repeat(50_000), { file })).toMatchObject({ ok: false });
});

import { rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { contract } from '../../core/data/contract-samples.ts';
import { dataFolder } from './checking.ts';

const folder = dataFolder();
afterAll(() => rmSync(folder.directory, { recursive: true, force: true }));

const ORDER = `- name: id
  logicalType: integer
- name: buyer
  logicalType: object
  required: true
  properties:
    - { name: mail, logicalType: string, required: true, unique: true, logicalTypeOptions: { format: email } }
    - name: address
      logicalType: object
      properties:
        - { name: zip, logicalType: string, logicalTypeOptions: { minLength: 5 } }
- name: items
  logicalType: array
  logicalTypeOptions: { minItems: 1, maxItems: 2, uniqueItems: true }
  items:
    logicalType: object
    properties:
      - { name: price, logicalType: number, required: true, logicalTypeOptions: { minimum: 0 } }`;

const GOOD = { id: 1, buyer: { mail: 'a@example.org', address: { zip: '12345' } }, items: [{ price: 1.5 }] };
const OTHER = { ...GOOD, id: 2, buyer: { ...GOOD.buyer, mail: 'b@example.org' } };

async function failures(...records: readonly unknown[]): Promise<string[]> {
  folder.put('orders.jsonl', records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const report = await folder.check('orders.jsonl', contract(ORDER));
  return report.rules
    .filter(({ status }) => status === 'failed' || status === 'not_checked')
    .map(
      ({ rule, columns, count, examples }) =>
        `${columns.join()} ${rule} ${count} ${examples.map(({ line }) => line).join()}`,
    );
}

test('values inside of values that meet the contract pass', async () => {
  expect(await failures(GOOD, OTHER)).toEqual([]);
});

test.each([
  ['a missing object', { ...OTHER, buyer: null }, ['buyer required 1 2']],
  ['a missing field', { ...OTHER, buyer: { mail: null, address: null } }, ['buyer.mail required 1 2']],
  ['a wrong format', { ...OTHER, buyer: { ...OTHER.buyer, mail: 'nobody' } }, ['buyer.mail format 1 2']],
  ['a field twice', { ...OTHER, buyer: GOOD.buyer }, ['buyer.mail unique 2 1,2']],
  [
    'a short text deeper down',
    { ...OTHER, buyer: { ...OTHER.buyer, address: { zip: '1' } } },
    ['buyer.address.zip min_length 1 2'],
  ],
  ['too few items', { ...OTHER, items: [] }, ['items min_items 1 2']],
  [
    'too many and equal items',
    { ...OTHER, items: [{ price: 1 }, { price: 1 }, { price: 2 }] },
    ['items max_items 1 2', 'items unique_items 1 2'],
  ],
  ['an item without its field', { ...OTHER, items: [{ price: 2 }, { price: null }] }, ['items[].price required 1 2']],
  ['an item out of range', { ...OTHER, items: [{ price: 2 }, { price: -1 }] }, ['items[].price minimum 1 2']],
])('%s is found with its line', async (_, bad, expected) => {
  expect(await failures(GOOD, bad)).toEqual(expected);
});

test('fields of what is null itself are not asked for', async () => {
  expect(await failures(GOOD, { ...OTHER, items: null, buyer: { mail: 'c@example.org', address: null } })).toEqual([]);
});

test('a field that no record has is missing, and another type is wrong', async () => {
  const flat = { ...GOOD, buyer: { mail: 'a@example.org', address: 'a street' } };
  const without = { ...GOOD, buyer: { mail: 'a@example.org' } };
  expect(await failures(flat)).toEqual(['buyer.address type 1 1']);
  expect(await failures(without)).toEqual(['buyer.address column_missing 1 1']);
});

test.each([
  ['a text file', 'orders.csv', 'id,v\n1,"[1]"\n', 'array', 'a text file holds no values inside of values'],
  [
    'fields of objects without any name',
    'bare.jsonl',
    '{"v":{}}\n',
    'object, properties: [{ name: k }]',
    'of the type JSON',
  ],
])('what can’t be looked into is not checked: %s', async (_, name, text, type, why) => {
  folder.put(name, text);
  const allow = '- { property: trainyardExtraColumns, value: allow }';
  const report = await folder.check(name, contract(`- { name: v, logicalType: ${type} }`, { custom: allow }));
  expect(report.status).toBe('not_checked');
  expect(report.rules.find(({ status }) => status === 'not_checked')?.found).toContain(why);
});

test.each([
  ['a text among objects', 'object', ['{"a":1}', '"s"', 'null'], [2]],
  ['an array among objects', 'object', ['{"a":1}', '[1]', '{"a":"x"}'], [2]],
  ['an object and a number among arrays', 'array', ['{"a":1}', '[1]', '[]', '7'], [1, 4]],
  ['objects without any name', 'object', ['{}', '{}'], []],
  ['objects with many names', 'object', Array.from({ length: 300 }, (_, at) => `{"k${at}":1}`), []],
  ['an array where objects have many names', 'array', Array.from({ length: 300 }, (_, at) => `{"k${at}":1}`), null],
])('records are told whose value is not what the contract says: %s', async (_, type, values, lines) => {
  folder.put('kinds.jsonl', values.map((value, at) => `{"id":${at},"v":${value}}\n`).join(''));
  const stated = contract(`- { name: id, logicalType: integer }\n- { name: v, logicalType: ${type} }`);
  const { status, findings, rules } = await folder.check('kinds.jsonl', stated);
  expect(status).toBe(lines?.length === 0 ? 'passed' : 'failed');
  if (lines !== null) expect(findings.map(({ line }) => line)).toEqual(lines);
  else expect(rules.find(({ status: of }) => of === 'failed')).toMatchObject({ rule: 'type', count: values.length });
});

test('a column that holds personal data inside shows no value', async () => {
  folder.put('people.jsonl', '{"v":{"x":"secretly","n":-1}}\n');
  const field = '{ name: n, logicalType: integer, logicalTypeOptions: { minimum: 0 } }';
  const marked = '{ name: x, customProperties: [{ property: trainyardPersonal, value: true }] }';
  const report = await folder.check(
    'people.jsonl',
    contract(`- { name: v, logicalType: object, properties: [${field}, ${marked}] }`),
  );
  expect(report.rules.filter(({ status }) => status === 'failed')).toMatchObject([{ columns: ['v.n'], count: 1 }]);
  expect(JSON.stringify(report)).not.toContain('secretly');
});

test('names of fields are names, whatever they hold', async () => {
  const name = `a'b", c`;
  folder.put('names.jsonl', `${JSON.stringify({ v: { [name]: 1 } })}\n${JSON.stringify({ v: { [name]: -1 } })}\n`);
  const field = `{ name: ${JSON.stringify(name)}, logicalType: integer, logicalTypeOptions: { minimum: 0 } }`;
  const report = await folder.check(
    'names.jsonl',
    contract(`- { name: v, logicalType: object, properties: [${field}] }`),
  );
  expect(report.rules.filter(({ status }) => status === 'failed')).toMatchObject([
    { rule: 'minimum', columns: [`v.${name}`], count: 1, examples: [{ line: 2 }] },
  ]);
});

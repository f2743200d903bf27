import { expect, test } from 'vitest';
import { type FoundColumn, schemaChanges } from '../../../../core/data/diff/schema-changes.ts';
import { judgeReaders, readersOf, schemaRules } from '../../../../core/data/diff/schema-rules.ts';
import { SchemaChange } from '../../../../core/data/report/base.ts';
import { contract } from '../contract-samples.ts';

const column = (name: string, type: FoundColumn['type'] = 'string', more: Partial<FoundColumn> = {}): FoundColumn => ({
  ...{ name, type, nulls: 0, values: 10, typed: false, physicalType: null },
  ...more,
});
const UNSTATED = new Map();

/** `kind compatible` of each change. */
function changesOf(base: readonly FoundColumn[], head: readonly FoundColumn[], stated = ''): string[] {
  const declared = stated === '' ? [] : contract(stated).columns;
  const changes = schemaChanges(base, head, new Map(declared.map((one) => [one.name, one])));
  for (const change of changes) SchemaChange.parse(change);
  return changes.map(({ kind, compatible }) => `${kind} ${compatible ? 'compatible' : 'breaking'}`);
}

test('columns that come, go, move and turn null are found in the data itself', () => {
  const base = [column('id'), column('city'), column('delay', 'integer'), column('old', 'date')];
  const head = [column('city'), column('id', 'string', { nulls: 4 }), column('delay', 'number'), column('new', 'date')];
  expect(schemaChanges(base, head, UNSTATED).map(({ column: name, message }) => `${name}: ${message}`)).toEqual([
    'old: column "old" is gone; "new" stands in its place: was it renamed?',
    'new: column "new" is new',
    'id: column "id" has 4 nulls; the base has none',
    'delay: the type of column "delay" changes from integer to number',
    'city: the order of columns changes from "city" on: who reads by position reads another column',
  ]);
});

const NUMBER = '- { name: x, logicalType: number }';

test.each([
  ['the same columns', [column('x'), column('y')], [column('x'), column('y')], '', []],
  ['a column more', [column('x')], [column('x'), column('y')], '', ['column_added compatible']],
  ['a column less', [column('x'), column('y')], [column('x')], '', ['column_removed breaking']],
  ['a wider type', [column('x', 'integer')], [column('x', 'number')], '', ['type_changed breaking']],
  ['a narrower type', [column('x', 'number')], [column('x', 'integer')], '', ['type_changed compatible']],
  [
    'another type',
    [column('x', 'number', { typed: true })],
    [column('x', 'string', { typed: true })],
    NUMBER,
    ['type_changed breaking'],
  ],
  ['text of which a cell is wrong', [column('x', 'integer')], [column('x')], NUMBER, []],
  ['text that looks otherwise, of a stated type', [column('x', 'integer')], [column('x', 'number')], NUMBER, []],
  [
    'codes that look like numbers now',
    [column('x')],
    [column('x', 'integer')],
    '- { name: x, logicalType: string }',
    [],
  ],
  [
    'a type of the file, both allowed by the contract',
    [column('x', 'integer', { typed: true })],
    [column('x', 'number', { typed: true })],
    NUMBER,
    ['type_changed compatible'],
  ],
  ['no value to tell the type by', [column('x', 'integer')], [column('x', 'string', { values: 0 })], '', []],
  ['nulls', [column('x')], [column('x', 'string', { nulls: 1 })], '', ['nulls_appeared breaking']],
  [
    'nulls that the contract allows',
    [column('x', 'number')],
    [column('x', 'number', { nulls: 1 })],
    NUMBER,
    ['nulls_appeared compatible'],
  ],
  [
    'nulls that the contract forbids, which is a rule of its own',
    [column('x', 'number')],
    [column('x', 'number', { nulls: 1 })],
    '- { name: x, logicalType: number, required: true }',
    [],
  ],
  ['more nulls than before', [column('x', 'string', { nulls: 1 })], [column('x', 'string', { nulls: 9 })], '', []],
  ['another order', [column('x'), column('y')], [column('y'), column('x')], '', ['order_changed compatible']],
])('%s', (_what, base, head, stated, expected) => {
  expect(changesOf(base, head, stated)).toEqual(expected);
});

const BASE = [column('x'), column('y'), column('z')];

test.each([
  ['nobody said who reads', null, '', ['every reader']],
  ['the caller knows models', ['a', 'b'], '', ['a', 'b']],
  ['the contract says what one of them reads', ['a', 'b'], '[{ model: b, columns: [x] }]', ['a']],
  ['the contract names the only readers', null, '[{ model: b, columns: [x] }, { model: c, columns: [z, y] }]', ['c']],
  ['no model reads the dataset', [], '', []],
])('a column that is gone breaks whoever reads it: %s', (_what, models, readBy, broken) => {
  const stated = contract('- name: x\n- name: y\n- name: z');
  const readers = readBy === '' ? [] : readersIn(readBy);
  const asked = { ...stated, againstBase: { ...stated.againstBase, readers } };
  const changes = schemaChanges(BASE, [column('x'), column('z')], UNSTATED);
  const judged = judgeReaders(changes, readersOf(asked, models));
  expect(judged).toMatchObject([{ kind: 'column_removed', column: 'y', breaks: broken }]);
  const [rule] = schemaRules(judged, asked);
  expect(rule).toMatchObject({
    rule: 'schema_change',
    columns: ['y'],
    severity: 'fail',
    status: broken.length > 0 ? 'failed' : 'passed',
    contractLine: 10,
  });
  const who = broken.length > 0 ? `breaks ${broken.join(', ')}` : 'no model reads it';
  expect(rule?.found).toBe(`column "y" is gone (${who})`);
});

function readersIn(flow: string): { model: string; columns: string[] | null }[] {
  return [...flow.matchAll(/model: (\w), columns: \[([^\]]*)\]/g)].map(([, model = '', columns = '']) => ({
    model,
    columns: columns.split(', '),
  }));
}

test('without a breaking change one rule says so', () => {
  const rules = schemaRules(schemaChanges(BASE, [...BASE, column('w')], UNSTATED), contract('- name: x'));
  expect(rules).toMatchObject([{ rule: 'schema_change', columns: [], status: 'passed', found: '1 compatible change' }]);
});

test.each([
  ['warn', [{ severity: 'warn', status: 'failed', contractLine: 4 }]],
  ['off', []],
] as const)('a contract that says %s of a column decides so', (verdict, expected) => {
  const stated = contract('- name: y');
  const schemaOf = new Map([['y', { verdict, line: 4 }]]);
  const changes = judgeReaders(schemaChanges(BASE, [column('x'), column('z')], UNSTATED), readersOf(stated, null));
  const rules = schemaRules(changes, { ...stated, againstBase: { ...stated.againstBase, schemaOf } });
  expect(rules).toMatchObject(expected);
});

const WHO = (fields: string): string => `STRUCT(${fields})`;

test.each([
  ['integer', 'INTEGER', 'BIGINT', ['type_changed compatible']],
  ['integer', 'BIGINT', 'TINYINT', ['type_changed compatible']],
  ['number', 'DECIMAL(10,2)', 'DECIMAL(10,4)', ['type_changed compatible']],
  ['number', 'FLOAT', 'DOUBLE', ['type_changed compatible']],
  ['timestamp', 'TIMESTAMP', 'TIMESTAMP_NS', ['type_changed compatible']],
  ['timestamp', 'TIMESTAMP', 'TIMESTAMP WITH TIME ZONE', ['type_changed breaking']],
  ['timestamp', 'TIMESTAMP WITH TIME ZONE', 'TIMESTAMP', ['type_changed breaking']],
  ['string', "ENUM('a', 'b')", 'VARCHAR', ['type_changed compatible']],
  ['object', WHO('a BIGINT'), WHO('a BIGINT'), []],
  ['object', WHO('a BIGINT'), WHO('a BIGINT, b VARCHAR'), ['field_added compatible']],
  ['object', WHO('a BIGINT, b VARCHAR'), WHO('a BIGINT'), ['field_removed breaking']],
  ['object', WHO('a BIGINT'), WHO('"a b" BIGINT'), ['field_removed breaking', 'field_added compatible']],
  ['object', WHO('a BIGINT, b VARCHAR'), WHO('b VARCHAR, a BIGINT'), []],
  ['object', WHO('a DOUBLE'), WHO('a BIGINT'), ['type_changed compatible']],
  ['object', WHO('a BIGINT'), WHO('a VARCHAR'), ['type_changed breaking']],
  ['object', WHO('a STRUCT(b BIGINT, c DATE)[]'), WHO('a STRUCT(b BIGINT)[]'), ['field_removed breaking']],
  ['object', WHO('a BIGINT'), 'MAP(VARCHAR, BIGINT)', ['type_changed breaking']],
  ['array', 'BIGINT[]', 'VARCHAR[]', ['type_changed breaking']],
  ['array', 'BIGINT[]', 'INTEGER[]', ['type_changed compatible']],
  ['array', 'BIGINT[]', 'BIGINT[][]', ['type_changed breaking']],
] as const)('a column of kind %s that goes from %s to %s', (type, base, head, changes) => {
  const of = (physicalType: string): FoundColumn[] => [column('x', type, { typed: true, physicalType })];
  expect(changesOf(of(base), of(head))).toEqual(changes);
});

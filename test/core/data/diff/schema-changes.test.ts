import { expect, test } from 'vitest';
import { contractChanges, foundChanges } from '../../../../core/data/diff/schema-changes.ts';
import { SchemaChange } from '../../../../core/data/report/base.ts';
import { contract } from '../contract-samples.ts';

const INTEGER = (more = ''): string => `- name: x\n  logicalType: integer\n${more}`;
const TEXT = (more = ''): string => `- name: x\n  logicalType: string\n${more}`;
const options = (text: string): string => `  logicalTypeOptions: { ${text} }`;

test.each([
  ['nothing', INTEGER(), INTEGER(), []],
  ['a type that gets wider', INTEGER(), '- name: x\n  logicalType: number', [['type_changed', false]]],
  ['a type that gets narrower', '- name: x\n  logicalType: number', INTEGER(), [['type_changed', true]]],
  ['another type', INTEGER(), TEXT(), [['type_changed', false]]],
  ['nulls that are allowed', INTEGER('  required: true'), INTEGER(), [['nulls_allowed', false]]],
  ['nulls that are forbidden', INTEGER(), INTEGER('  required: true'), [['nulls_forbidden', true]]],
  ['uniqueness that ends', INTEGER('  unique: true'), INTEGER(), [['uniqueness_dropped', false]]],
  ['uniqueness that begins', INTEGER(), INTEGER('  unique: true'), [['uniqueness_added', true]]],
  [
    'a column of the key',
    INTEGER(),
    INTEGER('  primaryKey: true'),
    [
      ['nulls_forbidden', true],
      ['key_changed', false],
    ],
  ],
  ['a lower minimum', INTEGER(options('minimum: 3')), INTEGER(options('minimum: 1')), [['range_widened', false]]],
  ['a higher minimum', INTEGER(options('minimum: 1')), INTEGER(options('minimum: 3')), [['range_narrowed', true]]],
  ['no maximum', INTEGER(options('maximum: 3')), INTEGER(), [['range_widened', false]]],
  ['a first maximum', INTEGER(), INTEGER(options('maximum: 3')), [['range_narrowed', true]]],
  [
    'an open end that closes',
    INTEGER(options('exclusiveMaximum: 3')),
    INTEGER(options('maximum: 3')),
    [['range_widened', false]],
  ],
  ['longer texts', TEXT(options('maxLength: 3')), TEXT(options('maxLength: 4')), [['length_widened', false]]],
  ['shorter texts', TEXT(options('maxLength: 4')), TEXT(options('maxLength: 3')), [['length_narrowed', true]]],
  ['another pattern', TEXT(options('pattern: "^a$"')), TEXT(options('pattern: "^b$"')), [['pattern_changed', false]]],
  ['a first pattern', TEXT(), TEXT(options('pattern: "^b$"')), [['pattern_changed', true]]],
])('%s', (_what, before, after, expected) => {
  const changes = contractChanges(contract(before), contract(after));
  expect(changes.map(({ kind, compatible }) => [kind, compatible])).toEqual(expected);
  for (const change of changes) SchemaChange.parse(change);
});

const column = (name: string, type = 'string', nulls = 0) => ({ name, type, nulls });

test('columns that come, go, move and turn null are found in the data itself', () => {
  const base = [column('id'), column('city'), column('delay', 'integer'), column('old', 'date')];
  const head = [column('city'), column('id', 'string', 4), column('delay', 'number'), column('new', 'date')];
  expect(foundChanges(base, head)).toEqual([
    {
      kind: 'column_removed',
      column: 'old',
      compatible: false,
      message: 'column "old" is gone; "new" stands in its place: was it renamed?',
    },
    {
      kind: 'type_changed',
      column: 'delay',
      compatible: false,
      message: 'the type of column "delay" changes from integer to number',
    },
    { kind: 'column_added', column: 'new', compatible: true, message: 'column "new" is new' },
    {
      kind: 'order_changed',
      column: 'city',
      compatible: true,
      message: 'the order of columns changes from "city" on: who reads by position reads another column',
    },
    { kind: 'nulls_appeared', column: 'id', compatible: false, message: 'column "id" has 4 nulls; the base has none' },
  ]);
});

test('the same columns are no change', () => {
  const columns = [column('id'), column('x', 'number', 3)];
  expect(foundChanges(columns, columns)).toEqual([]);
});

import { describe, expect, test } from 'vitest';
import { scanFiles } from '../../../core/verification/scan.ts';
import { BUILD, EMPTY_TUPLE, global, int, NEWOBJ, type Part, pickleOf, proto, text } from './assembler.ts';
import { rowOf } from './distributed-file.ts';
import { fileOf } from './samples.ts';

const CALL = pickleOf(proto(2), global('os', 'system'), text('id'), '\x85R.');
const FIRST = rowOf();
const SECOND = rowOf(pickleOf(proto(2), 'K\x02.'), { name: 'archive/byteorder', content: 'little' });
const SHARD = Buffer.concat([FIRST, SECOND]);

const instance = (module: string, name: string, ...state: Part[]): Part =>
  pickleOf(global(`torch.distributed.checkpoint.${module}`, name), EMPTY_TUPLE, NEWOBJ, '}(', ...state, 'u', BUILD);
const size = (...shape: number[]): Part => pickleOf(global('torch', 'Size'), '(', ...shape.map(int), 't\x85R');
const index = (name: string, offset: Part = 'N'): Part =>
  instance('metadata', 'MetadataIndex', text('fqn'), text(name), text('offset'), offset, text('index'), 'N');
const place = (offset: number, length: number, path = '__0_0.distcp'): Part =>
  instance(
    ...(['filesystem', '_StorageInfo', text('relative_path'), text(path)] as const),
    ...[text('offset'), int(offset), text('length'), int(length)],
  );
const listOf = (...places: Part[]): Buffer =>
  pickleOf(
    proto(4),
    instance(
      ...(['metadata', 'Metadata', text('storage_data'), '}(', index('a', size(0, 0)), places[0] ?? 'N'] as const),
      ...[...places.slice(1).flatMap((found, at) => [index(`b${at}`), found]), 'u'],
    ),
    '.',
  );
const LIST = listOf(place(0, FIRST.length), place(FIRST.length, SECOND.length));

const scan = (list: Uint8Array, shard: Uint8Array, folder = 'checkpoint/') =>
  scanFiles([fileOf(`${folder}.metadata`, list), fileOf(`${folder}__0_0.distcp`, shard)]);
const rules = (list: Uint8Array, shard: Uint8Array = SHARD): string[] => [
  ...new Set(scan(list, shard).findings.map(({ rule }) => rule)),
];

test('a checkpoint whose list leads to its values is clean, and lists them', () => {
  const report = scan(LIST, SHARD);
  expect(report.verdict).toBe('clean');
  expect(report.files.map(({ path }) => path)).toContain('checkpoint/__0_0.distcp!/value 1!/archive/byteorder');
  expect(scan(LIST, SHARD, '').verdict).toBe('clean');
});

describe('a file of values that is not made of them alone is held', () => {
  const between = Buffer.concat([FIRST, CALL, SECOND]);
  test.each<[string, Uint8Array, string]>([
    ['a pickle between them', between, 'distributed-checkpoint-malformed'],
    ['a pickle behind them', Buffer.concat([SHARD, CALL]), 'distributed-checkpoint-malformed'],
    ['half of a value', SHARD.subarray(0, SHARD.length - 30), 'distributed-checkpoint-malformed'],
    ['a value that calls', Buffer.concat([rowOf(CALL), SECOND]), 'pickle-dangerous-import'],
  ])('%s', (_, shard, rule) => {
    expect(rules(LIST, shard)).toContain(rule);
  });
});

describe('a list that leads elsewhere is held', () => {
  const other = pickleOf(
    global('argparse', 'Namespace'),
    EMPTY_TUPLE,
    NEWOBJ,
    '}(',
    text('relative_path'),
    text('/a'),
    'u',
    BUILD,
  );
  test.each<[string, Uint8Array]>([
    ['out of the folder', listOf(place(0, FIRST.length, '../__0_0.distcp'))],
    ['to a path of the machine', listOf(place(0, FIRST.length, '/tmp/__0_0.distcp'))],
    ['to a file that is none of its own', listOf(place(0, FIRST.length, 'notes.txt'))],
    ['into a value', listOf(place(30, 60))],
    ['to two values as one', listOf(place(0, SHARD.length))],
    ['past the end', listOf(place(SHARD.length, 10))],
    ['by an object of another class', listOf(other)],
    ['with more behind it', Buffer.concat([LIST, LIST])],
  ])('%s', (_, list) => {
    expect(rules(list)).toEqual(['distributed-checkpoint-malformed']);
  });

  test.each<[string, Uint8Array, string]>([
    [
      'without a length',
      listOf(instance('filesystem', '_StorageInfo', text('relative_path'), text('a'))),
      'pickle-call',
    ],
    [
      'an index that is hashed for ever',
      listOf(pickleOf(index('a', 'K\x01\x85'.repeat(1)), '0', place(0, FIRST.length))),
      'pickle-explosion',
    ],
    [
      'a constructor',
      listOf(pickleOf(global('torch.distributed.checkpoint.metadata', 'MetadataIndex'), text('a'), '\x85R')),
      'pickle-call',
    ],
    [
      'a call',
      pickleOf(LIST.subarray(0, -1), '0', global('os', 'system'), text('id'), '\x85R.'),
      'pickle-dangerous-import',
    ],
  ])('%s', (_, list, rule) => {
    expect(rules(list)).toContain(rule);
  });
});

test('a list by another name, or in an archive, is not held to files beside it, and refused', () => {
  const alone = scanFiles([fileOf('list.pkl', LIST)]);
  expect(alone.findings.map(({ rule }) => rule)).toContain('pickle-dangerous-import');
});

test('files by another name are archives, which read otherwise', () => {
  expect(scanFiles([fileOf('model.pt', SHARD)]).verdict).toBe('finding');
});

test('damaged files of a checkpoint end in a report, and none is clean with other bytes of its directory', () => {
  for (let at = 0; at < SHARD.length; at += 3) {
    const damaged = Buffer.from(SHARD);
    damaged[at] = (damaged[at] ?? 0) ^ 0x41;
    expect(scan(LIST, damaged).findings.every(({ rule }) => rule !== 'crashed')).toBe(true);
  }
});

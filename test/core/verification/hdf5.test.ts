import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { ScanReport } from '../../../core/verification/report.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import {
  attribute,
  CONTIGUOUS,
  chunked,
  compact,
  contiguous,
  DENSE,
  deflate,
  fileWith,
  fixed,
  group,
  inHeap,
  join,
  LAMBDA,
  lzf,
  message,
  NONE,
  NUMBER,
  pad,
  plugin,
  ROOT,
  textType,
  u16,
  u32,
  u64,
  variable,
} from './hdf5-file.ts';
import { fileOf, zipOf } from './samples.ts';

const scan = (bytes: Uint8Array): ScanReport => scanFiles([fileOf('model.h5', bytes)]);
const rules = (bytes: Uint8Array): string[] => scan(bytes).findings.map(({ rule }) => rule);

describe('a file of HDF5 is clean with', () => {
  test.each([
    ['nothing in it', fileWith([])],
    ['numbers as attributes', fileWith([attribute('n', NUMBER, 8, u64(1))])],
    ['labels as attributes', fileWith([fixed('layer_names', 'dense')])],
    ['a model of plain layers', fileWith([fixed('model_config', DENSE)])],
    ['such a model in a heap', inHeap(DENSE)],
    ['a dataset in a group', group(CONTIGUOUS, deflate)],
    ['a soft link', fileWith([message(0x06, join(Buffer.from([1, 8, 1, 1]), 'a', u16(1), 'b'))])],
  ])('%s', (_, bytes) => {
    expect(scan(bytes)).toMatchObject({
      verdict: 'clean',
      findings: [],
      files: [{ format: 'HDF5' }, ...scan(bytes).files.slice(1)],
    });
  });
});

describe('a finding is', () => {
  test.each([
    ['a Lambda', fileWith([fixed('model_config', LAMBDA)]), 'keras-lambda'],
    ['a Lambda in a heap', inHeap(LAMBDA), 'keras-lambda'],
    ['a Lambda in a group', group(fixed('model_config', LAMBDA)), 'keras-lambda'],
    ['a Lambda under another name', fileWith([fixed('other', ` ${LAMBDA}`)]), 'keras-lambda'],
    ['a raw pickle in an attribute', fileWith([fixed('state', "cos\nsystem\n(S'id'\ntR.")]), 'pickle-dangerous-import'],
    [
      'an encoded pickle in an attribute',
      fileWith([fixed('state', Buffer.from("cos\nsystem\n(S'id'\ntR.").toString('base64'))]),
      'pickle-dangerous-import',
    ],
    ['a configuration as YAML', fileWith([fixed('config', 'a:\n  _target_: os.system\n')]), 'config-import'],
    [
      'a link to another file',
      fileWith([message(0x06, join(Buffer.from([1, 8, 64, 1]), 'a', u16(4), '\0f\0o'))]),
      'hdf5-external',
    ],
    ['values in another file', group(CONTIGUOUS, message(0x07, Buffer.alloc(16))), 'hdf5-external'],
    ['a virtual dataset', group(message(0x08, join(Buffer.from([4, 3]), u64(NONE), u32(0)))), 'hdf5-external'],
    ['one of HDF5 2.0', group(message(0x08, join(Buffer.from([5, 3]), u64(NONE), u32(0)))), 'hdf5-external'],
    ['a filter by plugin', group(CONTIGUOUS, plugin), 'hdf5-filter'],
    ['values that PyTables unpickles', group(CONTIGUOUS, fixed('PSEUDOATOM', 'object')), 'hdf5-pickled-values'],
    ['values of a kind that it does not know', group(fixed('PSEUDOATOM', 'objects\0')), 'hdf5-pickled-values'],
    ['a user block', join(Buffer.alloc(512), fileWith([])), 'hdf5-hidden-data'],
    ['a user block of text', join('a'.repeat(2048), fileWith([])), 'hdf5-hidden-data'],
    ['bytes after the end', join(fileWith([]), 'x'), 'hdf5-hidden-data'],
    ['a dataset past the end', group(message(0x08, join(Buffer.from([3, 1]), u64(96), u64(10_000)))), 'hdf5-malformed'],
    ['a file that is cut', inHeap(DENSE).subarray(0, -1), 'hdf5-malformed'],
  ])('%s', (_, bytes, rule) => {
    expect(rules(bytes)).toContain(rule);
    expect(scan(bytes).verdict).toBe('finding');
  });

  test('a group that holds a part of itself', () => {
    const table = message(0x11, join(u64(ROOT + 40), u64(0)));
    const tree = join('TREE\0\0', u16(1), u64(NONE), u64(NONE), u64(0), u64(ROOT + 40));
    expect(rules(fileWith([table], tree))).toEqual(['hdf5-malformed']);
  });
});

describe('not scanned, and never clean, is', () => {
  test.each([
    ['dense storage of links', fileWith([message(0x02, join(Buffer.from([0, 0]), u64(96), u64(96)))])],
    ['dense storage of attributes', fileWith([message(0x15, join(Buffer.from([0, 0]), u64(96), u64(96)))])],
    ['a message of an unknown type', fileWith([message(0x99, Buffer.alloc(8))])],
    ['an attribute that is kept elsewhere', fileWith([message(0x0c, Buffer.alloc(16), 2)])],
    ['a model that is no text', fileWith([attribute('model_config', NUMBER, 8, u64(1))])],
    ['a file in several parts', fileWith([], Buffer.alloc(0), { driver: 96n })],
    ['a superblock of another version', fileWith([], Buffer.alloc(0), { version: 9 })],
  ])('%s', (_, bytes) => {
    expect(scan(bytes)).toMatchObject({ verdict: 'unscanned', files: [{ reason: 'unsupported_format' }] });
  });
});

test('an object that is linked from itself is read once', () => {
  const hard = message(0x06, join(Buffer.from([1, 0, 1]), 'a', u64(ROOT)));
  expect(scan(fileWith([hard, hard])).verdict).toBe('clean');
});

test('a model of Keras is scanned with its weights', () => {
  const archive = zipOf([
    { name: 'config.json', content: DENSE },
    { name: 'metadata.json', content: '{"keras_version": "3.8.0"}' },
    { name: 'model.weights.h5', content: group(CONTIGUOUS) },
  ]);
  expect(scan(archive)).toMatchObject({ verdict: 'clean', files: [{}, {}, {}, { format: 'HDF5' }] });
});

test.each([
  ['in a heap', inHeap(LAMBDA)],
  ['in a group', group(fixed('model_config', LAMBDA))],
])('no part of a file with a Lambda %s is clean', (_, bytes) => {
  for (let size = 8; size < bytes.length; size += 1) expect(scan(bytes.subarray(0, size)).verdict).not.toBe('clean');
});

test('heaps of more texts than are remembered are read all the same', () => {
  // 65,535 objects of a heap are all that their index can count; each takes 16 bytes here, and several times that in memory.
  const start = 4096;
  const heap = Buffer.alloc(16 + 16 * 65_534 + 16);
  heap.write('GCOL\x01', 0, 'latin1');
  heap.writeBigUInt64LE(BigInt(heap.length), 8);
  for (let index = 1; index < 65_534; index += 1) heap.writeUInt16LE(index + 1, 16 + 16 * index);
  // The first object has the place of the second, so that a text is in it.
  heap.writeUInt16LE(1, 16);
  heap.writeBigUInt64LE(16n, 24);
  const attributes = [0, 1, 2, 3, 4].map((index) =>
    attribute(`a${index}`, 0x19, 16, join(u32(1), u64(start + index * heap.length), u32(1)), 1),
  );
  const file = Buffer.concat([pad(fileWith(attributes), start), ...attributes.map(() => heap)]);
  file.writeBigUInt64LE(BigInt(file.length), 40);
  expect(scan(file).verdict).toBe('clean');
});

const PICKLE = "cos\nsystem\n(S'id'\ntR.";
const ENCODED = Buffer.from(PICKLE).toString('base64');
const LABELS = 'first_label_of_all______second_label____________';
const packed = (text: string): Buffer => deflateSync(Buffer.from(text));
/** A file whose root is an object header of version 2. */
const moved = (header: Uint8Array): Buffer => {
  const file = fileWith([], header);
  file.writeBigUInt64LE(BigInt(file.indexOf('OHDR')), 64);
  return file;
};
const OF_WORDS = message(0x03, join(Buffer.from([NUMBER, 0, 0, 0]), u32(4), u16(0), u16(32)));
const OF_NUMBERS = message(0x03, join(Buffer.from([NUMBER, 0, 0, 0]), u32(1), u16(0), u16(8)));

describe('a dataset is clean with', () => {
  test.each([
    ['labels in its header', compact(LABELS, 24)],
    ['labels elsewhere', contiguous(LABELS, 24)],
    ['packed labels', chunked(packed(LABELS), 48, deflate, textType(24))],
    ['a label in a heap', variable('label')],
    ['a sequence of bytes in a heap', variable('label', 0)],
    ['a model of plain layers', variable(DENSE)],
    ['pixels', chunked(packed('\x10\x20\x30'.repeat(30)), 90, deflate, OF_NUMBERS)],
    ['wider numbers, whatever they spell', chunked(packed(PICKLE.padEnd(24)), 24, deflate, OF_WORDS)],
    ['numbers in the layout of HDF5 1.10', chunked(packed(PICKLE), PICKLE.length, deflate, OF_NUMBERS, 4)],
    ['numbers in the layout of HDF5 2.0', chunked(packed(PICKLE), PICKLE.length, deflate, OF_NUMBERS, 5)],
  ])('%s', (_, bytes) => {
    expect(scan(bytes)).toMatchObject({ verdict: 'clean', findings: [] });
  });
});

describe('a dataset is held for', () => {
  test.each([
    ['a pickle in its header', compact(PICKLE), 'pickle-dangerous-import'],
    ['a pickle elsewhere', contiguous(PICKLE), 'pickle-dangerous-import'],
    [
      'a pickle behind a label',
      contiguous('label'.padEnd(PICKLE.length) + PICKLE, PICKLE.length),
      'pickle-dangerous-import',
    ],
    ['a pickle that its layout does not count', contiguous(PICKLE, PICKLE.length, 0), 'pickle-dangerous-import'],
    ['a pickle of one character each', contiguous(PICKLE, 1), 'pickle-dangerous-import'],
    ['a pickle in a heap', variable(PICKLE), 'pickle-dangerous-import'],
    ['an encoded pickle in a heap', variable(ENCODED), 'pickle-dangerous-import'],
    ['a pickle in a sequence of bytes', variable(PICKLE, 0), 'pickle-dangerous-import'],
    ['a packed pickle', chunked(packed(PICKLE), PICKLE.length, deflate), 'pickle-dangerous-import'],
    ['a pickle of numbers', chunked(packed(PICKLE), PICKLE.length, deflate, OF_NUMBERS), 'pickle-dangerous-import'],
    ['values that hickle unpickles', group(CONTIGUOUS, fixed('base_type', 'pickle')), 'hdf5-pickled-values'],
    [
      'a pickle of bytes',
      chunked(packed(PICKLE), PICKLE.length, deflate, textType(PICKLE.length, 0x15)),
      'pickle-dangerous-import',
    ],
    [
      'a pickle in place of what was not written',
      group(textType(24), CONTIGUOUS, message(0x05, join(Buffer.from([2, 2, 2, 1]), u32(24), PICKLE.padEnd(24)))),
      'pickle-dangerous-import',
    ],
    ['a Lambda', variable(LAMBDA), 'keras-lambda'],
    ['a packed Lambda', chunked(packed(LAMBDA), LAMBDA.length, deflate), 'keras-lambda'],
    [
      'a layout that is cut',
      moved(
        join(
          'OHDR\x02\0',
          Buffer.from([18]),
          Buffer.from([3, 8, 0, 0, 0x13, 0, 0, 0, 8, 0, 0, 0]),
          Buffer.from([8, 2, 0, 0, 3, 0]),
        ),
      ),
      'hdf5-malformed',
    ],
    ['two types', group(OF_NUMBERS, textType(8), CONTIGUOUS), 'hdf5-malformed'],
    [
      'a chunk that is not packed as it should be',
      chunked(Buffer.from(PICKLE), PICKLE.length, deflate),
      'hdf5-malformed',
    ],
    ['a chunk of more than its size', chunked(packed('a'.repeat(100)), 50, deflate), 'hdf5-malformed'],
  ])('%s', (_, bytes, rule) => {
    expect(scan(bytes).verdict).toBe('finding');
    expect(rules(bytes)).toContain(rule);
  });
});

test.each([
  ['in the layout of HDF5 1.10', chunked(packed(LABELS), 48, deflate, textType(24), 4)],
  ['in the layout of HDF5 2.0', chunked(packed(LABELS), 48, deflate, textType(24), 5)],
  ['in a chunk that is too large', chunked(packed(LABELS), 2 ** 25, deflate)],
])('texts %s are not scanned, and never clean', (_, bytes) => {
  expect(scan(bytes).verdict).toBe('unscanned');
});

test('the filter that h5py brings passes for numbers, and texts that it packed are not scanned', () => {
  expect(scanFiles([fileOf('a', group(CONTIGUOUS, lzf))]).verdict).toBe('clean');
  expect(scanFiles([fileOf('a', chunked(Buffer.from('label'), 5, lzf))]).verdict).toBe('unscanned');
});

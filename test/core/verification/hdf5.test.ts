import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ScanReport } from '../../../core/verification/report.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { fileOf, zipOf } from './samples.ts';

const scan = (bytes: Uint8Array): ScanReport => scanFiles([fileOf('model.h5', bytes)]);
const rules = (bytes: Uint8Array): string[] => scan(bytes).findings.map(({ rule }) => rule);

const NONE = 0xffff_ffff_ffff_ffffn;
const u16 = (value: number): Buffer => Buffer.from([value & 255, value >> 8]);
const u32 = (value: number): Buffer => Buffer.concat([u16(value & 0xffff), u16(value >>> 16)]);
const u64 = (value: number | bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const join = (...parts: (Uint8Array | string)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
const pad = (bytes: Uint8Array, to = 8): Buffer =>
  join(bytes, Buffer.alloc(Math.ceil(bytes.length / to) * to - bytes.length));

/** A message of version 1. */
const message = (type: number, data: Uint8Array, flags = 0): Buffer => {
  const padded = pad(data);
  return join(u16(type), u16(padded.length), Buffer.from([flags, 0, 0, 0]), padded);
};
const header = (...messages: Buffer[]): Buffer => {
  const body = join(...messages);
  return join(Buffer.from([1, 0]), u16(messages.length), u32(1), u32(body.length), u32(0), body);
};

const ROOT = 96;
interface Shape {
  readonly size?: number;
  readonly driver?: bigint;
  readonly version?: number;
}

/** A file with a superblock of version 0, the root's header at 96, and what follows it. */
function fileWith(messages: readonly Buffer[], rest: Uint8Array = Buffer.alloc(0), shape: Shape = {}): Buffer {
  const body = join(header(...messages), rest);
  const { size = ROOT + body.length, driver = NONE, version = 0 } = shape;
  const start = join('\x89HDF\r\n\x1a\n', Buffer.from([version, 0, 0, 0, 0, 8, 8, 0]), u16(4), u16(16), u32(0));
  const addresses = join(u64(0), u64(NONE), u64(size), u64(driver), u64(0), u64(ROOT), u32(0), u32(0));
  return join(start, addresses, Buffer.alloc(16), body);
}

const STRING = 0x13;
const NUMBER = 0x10;
const attribute = (name: string, type: number, size: number, value: Uint8Array, bits = 0): Buffer =>
  message(
    0x0c,
    join(
      Buffer.from([1, 0]),
      u16(name.length + 1),
      u16(8),
      u16(8),
      pad(join(name, '\0')),
      Buffer.from([type, bits, 0, 0]),
      u32(size),
      Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]),
      value,
    ),
  );
const fixed = (name: string, text: string): Buffer => attribute(name, STRING, text.length, Buffer.from(text));
const LAMBDA = '{"class_name": "Lambda", "config": {}}';
const DENSE = '{"class_name": "Dense", "config": {}}';

/** An attribute whose text lies in a heap right behind the header of the root. */
function inHeap(text: string): Buffer {
  const attributeAt = (heap: number): Buffer =>
    attribute('model_config', 0x19, 16, join(u32(text.length), u64(heap), u32(1)), 1);
  const heapAt = ROOT + header(attributeAt(0)).length;
  const object = join(u16(1), u16(1), u32(0), u64(text.length), pad(Buffer.from(text)));
  const size = 16 + object.length + 16;
  return fileWith([attributeAt(heapAt)], join('GCOL\x01\0\0\0', u64(size), object, Buffer.alloc(16)));
}

/** A group of the old kind that holds one object, whose header has the messages. */
function group(...messages: Buffer[]): Buffer {
  const table = (tree: number): Buffer => message(0x11, join(u64(tree), u64(0)));
  const tree = ROOT + header(table(0)).length;
  const symbols = tree + 24 + 16;
  const object = symbols + 8 + 40;
  return fileWith(
    [table(tree)],
    join(
      join('TREE\0\0', u16(1), u64(NONE), u64(NONE), u64(0), u64(symbols)),
      join('SNOD\x01\0', u16(1), u64(0), u64(object), u32(0), u32(0), Buffer.alloc(16)),
      header(...messages),
    ),
  );
}
const CONTIGUOUS = message(0x08, join(Buffer.from([3, 1]), u64(NONE), u64(0)));
const deflate = message(
  0x0b,
  join(Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]), u16(1), u16(0), u16(1), u16(1), u32(4), u32(0)),
);
const plugin = message(0x0b, join(Buffer.from([2, 1]), u16(32_001), u16(0), u16(0), u16(0)));

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
    [
      'a link to another file',
      fileWith([message(0x06, join(Buffer.from([1, 8, 64, 1]), 'a', u16(4), '\0f\0o'))]),
      'hdf5-external',
    ],
    ['values in another file', group(CONTIGUOUS, message(0x07, Buffer.alloc(16))), 'hdf5-external'],
    ['a virtual dataset', group(message(0x08, join(Buffer.from([4, 3]), u64(NONE), u32(0)))), 'hdf5-external'],
    ['a filter by plugin', group(CONTIGUOUS, plugin), 'hdf5-filter'],
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

test('damaged files end in a report, and nothing fails on them', () => {
  const samples = [inHeap(DENSE), group(CONTIGUOUS, deflate, fixed('model_config', DENSE)), group(plugin)];
  const change = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.uint8Array({ maxLength: 5 }), fc.nat(6));
  fc.assert(
    fc.property(fc.constantFrom(...samples), fc.array(change, { maxLength: 5 }), (sample, changes) => {
      const bytes = changes.reduce((before, [where, put, drop]) => {
        const at = Math.floor(where * before.length);
        return join(before.subarray(0, at), put, before.subarray(at + drop));
      }, sample);
      expect(ScanReport.parse(scan(bytes)).files.map(({ reason }) => reason)).not.toContain('crashed');
    }),
    { numRuns: 2000, seed: 7 },
  );
});

import { describe, expect, test } from 'vitest';
import type { ScanReport } from '../../../core/verification/report.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import {
  calling,
  dtype,
  EMPTY_TUPLE,
  int,
  int32,
  int64,
  MARK,
  pickleOf,
  proto,
  REDUCE,
  STOP,
  stackGlobal,
  TUPLE,
  text,
} from './assembler.ts';
import { fileOf, type ZipEntry, zipOf } from './samples.ts';

const scan = (bytes: Uint8Array): ScanReport => scanFiles([fileOf('model', bytes)]);
const rules = (bytes: Uint8Array): string[] => scan(bytes).findings.map(({ rule }) => rule);
const evil = calling('os', 'system');

/** A checkpoint's pickle that names one storage of floats. */
const tensor = (count: number, key = '0'): Buffer =>
  pickleOf(
    proto(2),
    MARK,
    text('storage'),
    stackGlobal('torch', 'FloatStorage'),
    text(key),
    text('cpu'),
    int(count),
    TUPLE,
    'Q',
    STOP,
  );

const checkpoint = (pickle: Uint8Array, data: Uint8Array, ...more: ZipEntry[]): Buffer =>
  zipOf([
    { name: 'model/data.pkl', content: pickle },
    { name: 'model/version', content: '3\n' },
    { name: 'model/data/0', content: data },
    ...more,
  ]);

describe('checkpoints of PyTorch', () => {
  test('are clean, and their tensors are listed, whatever their bytes look like', () => {
    const weights = Buffer.concat([evil, Buffer.alloc(64)]).subarray(0, 64);
    expect(scan(checkpoint(tensor(16), weights))).toMatchObject({
      verdict: 'clean',
      files: [
        { format: 'PyTorch' },
        { format: 'pickle' },
        { format: 'text' },
        { path: 'model!/model/data/0', format: 'tensor' },
      ],
    });
  });

  test.each<[string, Buffer, string]>([
    ['import what runs code', checkpoint(evil, Buffer.alloc(64)), 'pickle-dangerous-import'],
    ['say another size than the tensor has', checkpoint(tensor(15), Buffer.alloc(64)), 'zip-tensor-size'],
    [
      'hold a second pickle beside',
      checkpoint(tensor(16), Buffer.alloc(64), { name: 'model/extra.pkl', content: evil }),
      'pickle-dangerous-import',
    ],
    [
      'hold a pickle where no tensor is named',
      checkpoint(tensor(16), Buffer.alloc(64), { name: 'model/data/1', content: evil }),
      'pickle-dangerous-import',
    ],
    [
      'name a class as storage',
      checkpoint(
        pickleOf(proto(2), MARK, text('module'), stackGlobal('os', 'system'), text('0'), TUPLE, 'Q.'),
        Buffer.alloc(0),
      ),
      'pickle-persistent-id',
    ],
  ])('that %s are findings', (_, bytes, rule) => {
    expect(rules(bytes)).toContain(rule);
  });

  test('that are TorchScript are programs, which no scan vouches for', () => {
    const report = scan(
      checkpoint(tensor(16), Buffer.alloc(64), { name: 'model/code/a.py', content: 'def f(): pass\n' }),
    );
    expect(report.verdict).toBe('unscanned');
    expect(report.files[0]).toMatchObject({ format: 'TorchScript', reason: 'program' });
  });

  const legacy = (object: Uint8Array, data: Uint8Array): Buffer =>
    pickleOf(
      '\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.',
      proto(2),
      'M\xe9\x03.',
      proto(2),
      '}.',
      object,
      proto(2),
      ']q\0.',
      data,
    );

  test('of the format before zip account for every byte', () => {
    const data = Buffer.concat([int64(4), Buffer.alloc(16)]);
    expect(scan(legacy(tensor(4), data))).toMatchObject({ verdict: 'clean', files: [{ format: 'PyTorch (legacy)' }] });
    expect(rules(legacy(tensor(4), Buffer.concat([data, evil])))).toEqual(['pickle-trailing-data']);
    expect(rules(legacy(evil, data))).toContain('pickle-dangerous-import');
  });
});

describe('arrays of NumPy', () => {
  const npy = (header: string, data: Uint8Array | string = ''): Buffer => {
    const length = Buffer.alloc(2);
    length.writeUInt16LE(header.length);
    return pickleOf('\x93NUMPY\x01\0', length, header, data);
  };
  const header = (descr: string, shape = '(2,)'): string =>
    `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }\n`;

  test.each<[string, Buffer]>([
    ['numbers', npy(header("'<f8'"), Buffer.alloc(16))],
    ['one number', npy(header("'<f8'", '()'), Buffer.alloc(8))],
    ['text', npy(header("'<U3'"), Buffer.alloc(24))],
    ['dates', npy(header("'<M8[ns]'"), Buffer.alloc(16))],
    ['records', npy(header("[('a', '<i4'), (('title', 'b'), '<f8', (2,))]"), Buffer.alloc(40))],
    ['objects', npy(header("'|O'"), pickleOf(proto(4), stackGlobal('numpy', 'dtype'), '.'))],
  ])('of %s are clean', (_, bytes) => {
    expect(scan(bytes)).toMatchObject({
      verdict: 'clean',
      files: [{ format: 'npy' }, ...(bytes.includes('|O') ? [{ format: 'pickle' }] : [])],
    });
  });

  test.each<[string, Buffer, string]>([
    ['objects that run code', npy(header("'|O'"), evil), 'pickle-dangerous-import'],
    ['records with objects', npy(header("[('a', '|O')]"), evil), 'pickle-dangerous-import'],
    ['more bytes than the header says', npy(header("'<f8'"), Buffer.alloc(17)), 'npy-trailing-data'],
    ['fewer bytes', npy(header("'<f8'"), Buffer.alloc(15)), 'npy-malformed'],
    ['a call in its header', npy(header("__import__('os')"), Buffer.alloc(16)), 'npy-malformed'],
    ['an operator in its header', npy(header("'<f' + '8'"), Buffer.alloc(16)), 'npy-malformed'],
    [
      'a key given twice',
      npy("{'descr': '<f8', 'descr': '|O', 'fortran_order': False, 'shape': (2,)}", Buffer.alloc(16)),
      'npy-malformed',
    ],
    ['a negative shape', npy(header("'<f8'", '(-2,)'), Buffer.alloc(16)), 'npy-malformed'],
    ['an unknown type', npy(header("'<x8'"), Buffer.alloc(16)), 'npy-malformed'],
    ['nesting', npy(header('['.repeat(500)), Buffer.alloc(16)), 'npy-malformed'],
  ])('with %s are findings', (_, bytes, rule) => {
    expect(rules(bytes)).toContain(rule);
  });

  test('in an archive are scanned one by one', () => {
    const archive = zipOf([
      { name: 'a.npy', content: npy(header("'<f8'"), Buffer.alloc(16)) },
      { name: 'b.npy', content: npy(header("'|O'"), evil) },
    ]);
    expect(scan(archive)).toMatchObject({
      verdict: 'finding',
      files: [{ verdict: 'finding' }, { verdict: 'clean' }, { verdict: 'finding' }, { path: 'model!/b.npy!/objects' }],
    });
  });
});

test('tensors are skipped, not read', () => {
  const size = 30_000_000;
  const bytes = checkpoint(tensor(size / 4), Buffer.alloc(size));
  const file = fileOf('model', bytes);
  let read = 0;
  const report = scanFiles([
    {
      ...file,
      read: (offset, length) => {
        read += length;
        return file.read(offset, length);
      },
    },
  ]);
  expect(report.verdict).toBe('clean');
  expect(read).toBeLessThan(1_000_000);
});

test('arrays inside a pickle are skipped, not read', () => {
  const size = 30_000_000;
  const array = pickleOf(
    proto(4),
    stackGlobal('numpy._core.multiarray', '_reconstruct'),
    EMPTY_TUPLE,
    REDUCE,
    dtype('f8'),
    'B',
    int32(size),
    Buffer.alloc(size),
    STOP,
  );
  const file = fileOf('model', array);
  let read = 0;
  scanFiles([
    {
      ...file,
      read: (offset, length) => {
        read += length;
        return file.read(offset, length);
      },
    },
  ]);
  expect(read).toBeLessThan(1_000_000);
});

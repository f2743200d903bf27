import { expect, test } from 'vitest';
import { scanFiles } from '../../../core/verification/scan.ts';
import { field, fileOf, message, type ZipEntry, zipOf } from './samples.ts';
import { flatBufferOf, flexOptions, type LiteParts, liteOf, operator, tensor, type Value } from './tflite-file.ts';

const scan = (bytes: Uint8Array) => scanFiles([fileOf('model.bin', bytes)]);
const rules = (bytes: Uint8Array) => scan(bytes).findings.map(({ rule }) => rule);
const custom = (name: string): Buffer => liteOf({ codes: [{ code: 32, short: 32, name }] });
/** A `FlexErf` that evaluates what its options say. */
const flex = (operatorName: string, ...more: Uint8Array[]): LiteParts => ({
  codes: [{ code: 32, name: 'FlexErf' }],
  operators: [
    operator(0, [0], null, null, {
      bytes: flexOptions('Erf', message(field(1, 'n'), field(2, operatorName), ...more)),
    }),
  ],
});
const calls = (code: number, ...graphs: readonly number[]): Buffer =>
  liteOf({
    codes: [{ code }],
    operators: [operator(0, [0], { int8: 1 }, { table: graphs.map((int32) => ({ int32 })) })],
  });

/** A model with an archive behind it whose places count from the begin of the file, as its metadata is written. */
function withArchive(model: Buffer, entries: readonly ZipEntry[], gap = 0): Buffer {
  const bytes = zipOf(entries);
  const before = model.length + gap;
  const end = bytes.length - 22;
  const directory = bytes.readUInt32LE(end + 16);
  for (let at = directory; at < end; at += 46 + bytes.readUInt16LE(at + 28))
    bytes.writeUInt32LE(bytes.readUInt32LE(at + 42) + before, at + 42);
  bytes.writeUInt32LE(directory + before, end + 16);
  return Buffer.concat([model, Buffer.alloc(gap, 1), bytes]);
}

test.each<[string, LiteParts]>([
  ['an operator and a constant', {}],
  ['an operator of TensorFlow that computes', flex('Erf')],
  ['a custom operator that every runtime has', { codes: [{ code: 32, name: 'TFLite_Detection_PostProcess' }] }],
  ['weights of four bits', { tensors: [tensor([3], 17, 1), tensor([], 0, 0)], buffers: [[], [{ bytes: 'ab' }]] }],
  // Their count, where the one begins and ends, and the text.
  [
    'texts',
    {
      tensors: [tensor([1], 5, 1), tensor([2], 0, 0)],
      buffers: [[], [{ bytes: Buffer.from([1, 0, 0, 0, 12, 0, 0, 0, 14, 0, 0, 0, 97, 98]) }]],
    },
  ],
  [
    'a branch',
    { codes: [{ code: 118 }], operators: [operator(0, [0], { int8: 1 }, { table: [{ int32: 0 }, { int32: 0 }] })] },
  ],
  ['weights behind the FlatBuffer', { buffers: [[], [null, { uint64: 8 }, { uint64: 8 }]] }],
])('a model with %s is clean', (_, parts) => {
  expect(scan(liteOf(parts))).toMatchObject({ verdict: 'clean', files: [{ format: 'TensorFlow Lite' }], findings: [] });
});

test.each<[string, Buffer, string]>([
  ['an operator that reads a file', custom('FlexReadFile'), 'tflite-operator'],
  ['one that writes a file', custom('FlexWriteFile'), 'tflite-operator'],
  ['one that writes a checkpoint', custom('FlexSaveV2'), 'tflite-operator'],
  ['one that prints, into a file perhaps', custom('FlexPrintV2'), 'tflite-operator'],
  ['one that runs Python', custom('FlexPyFunc'), 'tflite-operator'],
  ['a harmless name and options that read a file', liteOf(flex('ReadFile')), 'tflite-operator'],
  [
    'options that name two operators, of which the last one counts',
    liteOf(flex('Erf', field(2, 'PyFunc'))),
    'tflite-operator',
  ],
  [
    'options that name a function',
    liteOf(flex('Erf', field(5, message(field(1, 'f'), field(2, field(10, field(1, 'g'))))))),
    'tflite-operator',
  ],
  ['an operator of TensorFlow without options', custom('FlexErf'), 'tflite-malformed'],
  ['an operator that needs a library', custom('Evil'), 'tflite-custom-operator'],
  ['an operator of TensorFlow that is not listed', custom('FlexEvil'), 'tflite-custom-operator'],
  ['a custom operator without a name', custom(''), 'tflite-custom-operator'],
  ['one by the number of one byte', liteOf({ codes: [{ short: 32, name: 'Evil' }] }), 'tflite-custom-operator'],
  ['an operator of a delegate', liteOf({ codes: [{ code: 51 }] }), 'tflite-custom-operator'],
  ['a call into other code', liteOf({ codes: [{ code: 173 }] }), 'tflite-custom-operator'],
  ['weights in another file', liteOf({ more: more(8, [[{ bytes: '../x' }]]) }), 'tflite-external-data'],
  ['weights outside of the file', liteOf({ more: more(9, [[{ int32: 1 }]]) }), 'tflite-external-data'],
  ['another version', liteOf({ version: 4 }), 'tflite-malformed'],
  ['a constant that is too short', liteOf({ tensors: [tensor([3], 0, 1), tensor([2], 0, 0)] }), 'tflite-malformed'],
  ['a constant that is too long', liteOf({ tensors: [tensor([1], 0, 1), tensor([2], 0, 0)] }), 'tflite-malformed'],
  ['a shape below zero', liteOf({ tensors: [tensor([-2], 0, 1), tensor([2], 0, 0)] }), 'tflite-malformed'],
  [
    'a shape that overflows',
    liteOf({ tensors: [tensor([2 ** 31 - 1, 2 ** 31 - 1], 0, 1), tensor([2], 0, 0)] }),
    'tflite-malformed',
  ],
  ['a type that is none', liteOf({ tensors: [tensor([2], 99, 1), tensor([2], 0, 0)] }), 'tflite-malformed'],
  ['a buffer that is not there', liteOf({ tensors: [tensor([2], 0, 9), tensor([2], 0, 0)] }), 'tflite-malformed'],
  ['a tensor that is not there', liteOf({ operators: [operator(0, [7])] }), 'tflite-malformed'],
  ['a tensor below zero', liteOf({ operators: [operator(0, [-2])] }), 'tflite-malformed'],
  ['an input that is left out of the graph', liteOf({ inputs: [-1] }), 'tflite-malformed'],
  ['an operator that is not there', liteOf({ operators: [operator(3, [0])] }), 'tflite-malformed'],
  ['a loop of a graph that is not there', calls(119, 0, 1), 'tflite-malformed'],
  ['a call of a graph that is not there', calls(129, 1), 'tflite-malformed'],
  ['data past the end', liteOf({ buffers: [[], [null, { uint64: 8 }, { uint64: 2 ** 40 }]] }), 'tflite-malformed'],
  ['metadata in a buffer that is not there', liteOf({ more: more(6, [[null, { int32: 9 }]]) }), 'tflite-malformed'],
])('a model with %s is a finding', (_, bytes, rule) => {
  expect(rules(bytes)).toEqual([rule]);
});

/** The field of the model by its number, which begins at 5. */
function more(field: number, tables: readonly (readonly Value[])[]): readonly Value[] {
  return [...Array.from({ length: field - 5 }, () => null), { tables }];
}

test('references of many lists to one table end in a verdict that is not clean', () => {
  const graph: readonly Value[] = [null, null, null, { same: [], count: 3000 }];
  const model = flatBufferOf('TFL3', [
    { int32: 3 },
    { tables: [[]] },
    { same: graph, count: 3000 },
    null,
    { tables: [[]] },
  ]);
  expect(scan(model)).toMatchObject({ verdict: 'unscanned', files: [{ reason: 'too_large' }] });
});

test('a model that is cut is never clean', () => {
  const model = liteOf();
  for (let size = 8; size < model.length; size += 1)
    expect([size, scan(model.subarray(0, size)).verdict]).not.toEqual([size, 'clean']);
});

test('metadata in an archive behind the model is scanned, and the model is judged by itself', () => {
  const labels = { name: 'labels.txt', content: 'cat\ndog\n' };
  const pickle = { name: 'a.pkl', content: "cos\nsystem\n(S'id'\ntR." };
  expect(scan(withArchive(liteOf(), [labels]))).toMatchObject({
    verdict: 'clean',
    files: [{ format: 'zip' }, { format: 'TensorFlow Lite' }, { format: 'text' }],
  });
  expect(scan(withArchive(liteOf(), [])).verdict).toBe('clean');
  expect(rules(withArchive(liteOf(), [pickle]))).toContain('pickle-dangerous-import');
  expect(rules(withArchive(custom('Evil'), [labels]))).toContain('tflite-custom-operator');
  expect(rules(withArchive(Buffer.concat([Buffer.alloc(4), Buffer.from('TFL3')]), [labels]))).toContain(
    'tflite-malformed',
  );
  expect(rules(withArchive(Buffer.from('any text'), [labels]))).toContain('zip-prefix');
});

test.each([
  ['a pickle', "cos\nsystem\n(S'echo 1234567'\ntR.", 'pickle-dangerous-import'],
  ['a configuration', '{"auto_map": {"A": "m.M"}}', 'config-remote-code'],
  ['the version of the runtime', '1.5.0\0\0\0', undefined],
])('metadata under a name is looked into: %s', (_, value, rule) => {
  const buffers = [[], [{ bytes: Buffer.alloc(8, 1) }], [{ bytes: value }]];
  const named = { tables: [[{ bytes: 'x' }, { int32: 2 }]] };
  expect(scan(liteOf({ buffers, more: [null, named] })).findings[0]?.rule).toBe(rule);
});

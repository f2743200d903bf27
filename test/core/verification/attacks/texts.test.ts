import { expect, test } from 'vitest';
import { scanFiles } from '../../../../core/verification/scan.ts';
import { ggufOf, list } from '../gguf-file.ts';
import { attribute, fileWith, NUMBER } from '../hdf5-file.ts';
import { field, fileOf, graph, message, model, node } from '../samples.ts';
import { savedModelOf, node as tensorflow } from '../savedmodel-file.ts';
import { liteOf, tensor } from '../tflite-file.ts';
import { entry, text as ubjson, modelOf as xgboostOf } from '../xgboost-file.ts';

const PICKLE = "cos\nsystem\n(S'echo 1234567'\ntR.";
const ENCODED = Buffer.from(PICKLE).toString('base64');
const LAMBDA = '{"class_name": "Lambda", "config": {}}';

/** A constant of TensorFlow with one text. */
const constant = (text: string): Uint8Array =>
  field(
    1,
    message(
      field(1, 'c'),
      field(2, 'Const'),
      field(5, message(field(1, 'value'), field(2, field(8, message(field(1, 7), field(8, text)))))),
    ),
  );
/** A constant of TensorFlow Lite with two texts. */
const constants = (text: string): Buffer => {
  const places = Buffer.alloc(16);
  places.writeInt32LE(2, 0);
  for (const [index, at] of [16, 17, 17 + text.length].entries()) places.writeInt32LE(at, 4 + 4 * index);
  const bytes = Buffer.concat([places, Buffer.from(`a${text}`)]);
  return liteOf({ buffers: [[], [{ bytes }]], tensors: [tensor([2], 5, 1), tensor([2], 0, 0)] });
};

const CARRIERS: readonly (readonly [string, (text: string) => Uint8Array])[] = [
  ['a constant of a SavedModel', (text) => savedModelOf({ nodes: [constant(text)] })],
  [
    'an attribute of a SavedModel',
    (text) => savedModelOf({ nodes: [tensorflow('n', 'NoOp', { texts: { x: text } })] }),
  ],
  ['a constant of TensorFlow Lite', constants],
  ['an attribute of XGBoost', (text) => xgboostOf(entry('attributes', '{', entry('a', ubjson(text)), '}'))],
  ['the description of an ONNX model', (text) => model(graph(node('Relu')), field(6, text))],
  ['the description of a graph of ONNX', (text) => model(graph(node('Relu'), field(10, text)))],
  ['the version of what made an ONNX model', (text) => model(graph(node('Relu')), field(3, text))],
  ['a list of bytes in GGUF', (text) => ggufOf({ keys: [['a', 9, list(0, text.length, Buffer.from(text))]] })],
  ['bytes in an attribute of HDF5', (text) => fileWith([attribute('a', NUMBER, 1, Buffer.from(text))])],
];

test.each(CARRIERS)('%s is looked into', (_, of) => {
  expect(scanFiles([fileOf('a', of('an ordinary note of what it is'))]).verdict).toBe('clean');
  expect(scanFiles([fileOf('a', of(PICKLE))]).findings.map(({ rule }) => rule)).toContain('pickle-dangerous-import');
});

test.each(CARRIERS.slice(0, 7))('%s is looked into for what is encoded, and for configurations', (_, of) => {
  expect(scanFiles([fileOf('a', of(ENCODED))]).findings.map(({ rule }) => rule)).toContain('pickle-dangerous-import');
  expect(scanFiles([fileOf('a', of(LAMBDA))]).findings.map(({ rule }) => rule)).toContain('keras-lambda');
});

test('a name of a tensor that is longer than ggml has room for is a finding', () => {
  expect(scanFiles([fileOf('a', ggufOf({ tensors: [{ name: 'n'.repeat(63) }] }))]).verdict).toBe('clean');
  expect(scanFiles([fileOf('a', ggufOf({ tensors: [{ name: 'n'.repeat(64) }] }))]).findings).toMatchObject([
    { rule: 'gguf-malformed' },
  ]);
});

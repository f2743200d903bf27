import { expect, test } from 'vitest';
import { scanFiles } from '../../../core/verification/scan.ts';
import { json, KERAS } from './configurations.ts';
import { field, fileOf, message } from './samples.ts';
import {
  asset,
  functionOf,
  inside,
  mainOp,
  node,
  objects,
  savedModelOf,
  saver,
  signature,
  small,
} from './savedmodel-file.ts';

const scan = (bytes: Uint8Array) => scanFiles([fileOf('saved_model.pb', bytes)]);
const rules = (bytes: Uint8Array) => scan(bytes).findings.map(({ rule }) => rule);
const call = (name: string, callee: string, inputs: readonly string[] = []) =>
  node(name, 'StatefulPartitionedCall', { calls: [callee], inputs });
const served = (op: string, texts: Readonly<Record<string, string>> = {}): Buffer =>
  savedModelOf({
    nodes: [call('serve', 'f')],
    functions: [functionOf('f', [], inside('n', op, { texts }))],
    more: [signature('serve:0')],
  });
const table = (parts: { nodes?: readonly Uint8Array[]; more?: readonly Uint8Array[] }): Buffer =>
  savedModelOf({
    nodes: [
      node('path', 'Placeholder'),
      node('table', 'HashTableV2'),
      ...(parts.nodes ?? [call('init', 'f', ['path', 'table'])]),
    ],
    functions: [
      functionOf('f', ['file', 'table'], inside('i', 'InitializeTableFromTextFileV2', { inputs: ['table', 'file'] })),
    ],
    more: [mainOp('init'), ...(parts.more ?? [asset('path:0', 'vocab.txt')])],
  });

test.each<[string, Buffer]>([
  ['a function that is served, and others that save and restore', small],
  ['operators that print', savedModelOf({ nodes: [node('p', 'PrintV2'), node('a', 'Assert')] })],
  ['a table of an asset', table({})],
  ['such a table as an object', table({ more: [asset('path:0', 'vocab.txt'), objects([false, true], { f: [1, 0] })] })],
  ['a description of messages inside', served('DecodeProtoV2', { descriptor_source: 'bytes://\n\x05' })],
  [
    'an operator that is a function of its own',
    savedModelOf({ nodes: [node('n', 'f')], functions: [functionOf('f', [], inside('n', 'Relu'))] }),
  ],
])('a model with %s is clean', (_, bytes) => {
  expect(scan(bytes)).toMatchObject({ verdict: 'clean', files: [{ format: 'SavedModel' }], findings: [] });
});

test.each<[string, Buffer, string]>([
  ['an operator that reads a file', served('ReadFile'), 'savedmodel-operator'],
  ['one that writes a file', served('WriteFile'), 'savedmodel-operator'],
  ['one that runs Python', served('EagerPyFunc'), 'savedmodel-operator'],
  ['one that nothing leads to', savedModelOf({ nodes: [node('n', 'PyFunc')] }), 'savedmodel-operator'],
  ['a graph in a text, which is made one when it is used', served('DatasetFromGraph'), 'savedmodel-operator'],
  ['a connection', served('RpcClient'), 'savedmodel-operator'],
  ['prints into a file', served('PrintV2', { output_stream: 'file:///root/.bashrc' }), 'savedmodel-operator'],
  ['a description of messages in a file', served('DecodeProtoV2', { descriptor_source: '/x' }), 'savedmodel-operator'],
  ['an operator of a library', served('Fast>Tokenize'), 'savedmodel-custom-operator'],
  ['an operator that begins like a listed one', served('AddV22'), 'savedmodel-custom-operator'],
  ['a checkpoint that is written whenever it is used', served('SaveV2'), 'savedmodel-operator'],
  ['a checkpoint that is read whenever it is used', served('RestoreV2'), 'savedmodel-operator'],
  [
    'a checkpoint that is written while one is restored',
    savedModelOf({ nodes: [node('s', 'SaveV2'), node('r', 'NoOp', { inputs: ['^s'] })], more: [saver('s', 'r')] }),
    'savedmodel-operator',
  ],
  [
    'a function that saves and can be called',
    savedModelOf({ functions: [functionOf('f', [], inside('s', 'SaveV2'))], more: [objects([], { f: [] })] }),
    'savedmodel-operator',
  ],
  [
    'an operator that is a function that saves',
    savedModelOf({
      nodes: [node('n', 'f')],
      functions: [functionOf('f', [], inside('s', 'SaveV2'))],
      more: [mainOp('n')],
    }),
    'savedmodel-operator',
  ],
  ['a table of a file', table({ more: [] }), 'savedmodel-operator'],
  [
    'a table of a file that the caller names',
    table({ more: [asset('path:0', 'v'), objects([false], { f: [0] })] }),
    'savedmodel-operator',
  ],
  [
    'a table of a file by another caller',
    table({ nodes: [node('c', 'Const'), call('init', 'f', ['path', 'table']), call('b', 'f', ['c', 'table'])] }),
    'savedmodel-operator',
  ],
  ['an absolute asset', table({ more: [asset('path:0', '/etc/passwd')] }), 'savedmodel-asset-path'],
  ['an asset that leaves the folder', table({ more: [asset('path:0', '../x')] }), 'savedmodel-asset-path'],
  [
    'a Lambda in the configuration of an object',
    savedModelOf({ more: [field(7, field(1, field(4, message(field(1, '_tf_keras_layer'), field(3, lambda())))))] }),
    'keras-lambda',
  ],
  ['a field that is not known', savedModelOf({ more: [field(99, 'x')] }), 'savedmodel-unknown-field'],
  ['two nodes of one name', savedModelOf({ nodes: [node('n', 'NoOp'), node('n', 'Relu')] }), 'savedmodel-malformed'],
  [
    'a node of two operators',
    savedModelOf({ nodes: [field(1, message(field(2, 'NoOp'), field(2, 'Relu')))] }),
    'savedmodel-malformed',
  ],
])('a model with %s is a finding', (_, bytes, rule) => {
  expect(scan(bytes).verdict).toBe('finding');
  expect(rules(bytes)).toContain(rule);
});

function lambda(): string {
  return json({ class_name: 'Lambda', config: { function: 'x' } });
}

test.each([
  ['its graphs', 'meta_graphs {\n  graph_def {}\n}'],
  ['its version', 'saved_model_schema_version: 1'],
  ['comments', `${'# a comment\n'.repeat(500)}\n  meta_graphs\t<>`],
  ['comments without end', '# a comment\n'.repeat(100_000)],
])('a model that is written as text and begins with %s is not scanned', (_, text) => {
  expect(scan(Buffer.from(text))).toMatchObject({ verdict: 'unscanned', findings: [{ rule: 'unsupported-content' }] });
});

test('text that names its fields is text', () => {
  expect(scan(Buffer.from('# meta_graphs {}\nmeta_graphs are in it')).verdict).toBe('clean');
});

test('a model that is cut is never clean', () => {
  for (let size = 1; size < small.length; size += 1)
    expect([size, scan(small.subarray(0, size)).verdict]).not.toEqual([size, 'clean']);
});

test('the graph of one model says nothing of the functions of another', () => {
  const saves = savedModelOf({ functions: [functionOf('f', [], inside('s', 'SaveV2'))] });
  const calls = savedModelOf({ nodes: [call('n', 'f')], more: [mainOp('n')] });
  expect(scan(Buffer.concat([saves, calls])).verdict).toBe('clean');
});

test('configurations beside a model are judged, and its fingerprint is data', () => {
  const metadata = (config: string): Buffer =>
    field(1, message(field(2, 1), field(3, 'root'), field(4, '_tf_keras_model'), field(5, config)));
  const hashes = message(...[1, 2, 3, 4, 5].map((key) => field(key, 12345)), field(6, field(1, 1)), field(7, 'a-1'));
  expect(scan(metadata(json(KERAS)))).toMatchObject({ verdict: 'clean', files: [{ format: 'Keras metadata' }, {}] });
  expect(rules(metadata(lambda()))).toContain('keras-lambda');
  expect(scan(hashes)).toMatchObject({ verdict: 'clean', files: [{ format: 'SavedModel fingerprint' }] });
  expect(rules(message(hashes, field(7, '\0')))).toEqual(['fingerprint-malformed']);
});

import { describe, expect, test } from 'vitest';
import type { ScanReport } from '../../../core/verification/report.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { field, fileOf, graph, message, model, node, opset } from './samples.ts';

const scan = (bytes: Uint8Array): ScanReport => scanFiles([fileOf('model.onnx', bytes)]);
const rules = (bytes: Uint8Array): string[] => scan(bytes).findings.map(({ rule, severity }) => `${rule} ${severity}`);

const tensor = (...parts: Uint8Array[]): Buffer => field(5, message(field(1, 1), field(2, 1), field(8, 'w'), ...parts));
const external = (location: string): Buffer => field(13, message(field(1, 'location'), field(2, location)));
const subgraph = (...parts: Uint8Array[]): Buffer => message(...parts);
const attribute = (...parts: Uint8Array[]): Buffer => field(5, message(field(1, 'then_branch'), ...parts));
const localFunction = (domain: string, name: string, ...parts: Uint8Array[]): Buffer =>
  field(25, message(field(1, name), field(10, domain), ...parts));
const functionNode = (operator: string, domain: string): Buffer =>
  field(7, message(field(4, operator), field(7, domain)));

test.each([
  ['operators of ONNX', model(graph(node('Relu'), node('Scaler', 'ai.onnx.ml')))],
  ['weights inside', model(graph(node('Relu'), tensor(field(9, Buffer.alloc(5000, 7)))))],
  ['a nested graph', model(graph(node('If', '', attribute(field(6, subgraph(node('Relu')))))))],
  [
    'a function of its own and its use',
    model(opset('local'), graph(node('F', 'local')), localFunction('local', 'F', functionNode('Relu', ''))),
  ],
  ['fields in another order', message(graph(node('Relu')), opset(''), field(1, 9))],
])('a model with %s is clean', (_, bytes) => {
  expect(scan(bytes)).toMatchObject({ verdict: 'clean', files: [{ format: 'onnx' }] });
});

test.each([
  ['in the graph', model(graph(node('Evil', 'com.evil')))],
  ['in a nested graph', model(graph(node('If', '', attribute(field(6, subgraph(node('Evil', 'com.evil')))))))],
  [
    'in one of several nested graphs',
    model(
      graph(
        node('Scan', '', attribute(field(11, subgraph(node('Relu'))), field(11, subgraph(node('Evil', 'com.evil'))))),
      ),
    ),
  ],
  ['in a second graph of the same model', model(graph(node('Relu')), graph(node('Evil', 'com.evil')))],
  ['in a function', model(graph(node('F', 'local')), localFunction('local', 'F', functionNode('Evil', 'com.evil')))],
  [
    'in a function without a domain of its own',
    model(graph(node('Relu')), localFunction('local', 'F', functionNode('G', 'local'))),
  ],
  ['in a training graph', model(graph(node('Relu')), field(20, message(field(2, message(node('Evil', 'com.evil'))))))],
  [
    'hidden behind an allowed domain given first',
    model(graph(field(1, message(field(4, 'Evil'), field(7, ''), field(7, 'com.evil'))))),
  ],
  ['as an operator set only', model(opset('com.evil'), graph(node('Relu')))],
])('a custom operator %s is a finding', (_, bytes) => {
  expect(rules(bytes)).toContain('onnx-custom-operator high');
});

test('a function that redefines an operator of ONNX is a finding', () => {
  expect(rules(model(graph(node('Relu')), localFunction('', 'Relu', functionNode('Neg', ''))))).toEqual([
    'onnx-shadowed-operator high',
  ]);
});

test.each([
  ['/etc/passwd', 'critical'],
  ['../../secret', 'critical'],
  ['a/../../b', 'critical'],
  ['..\\secret', 'critical'],
  ['C:\\secret', 'critical'],
  ['\\\\server\\share', 'critical'],
  ['weights.bin', 'medium'],
])('weights read from %s are a finding of severity %s', (location, severity) => {
  expect(rules(model(graph(node('Relu'), tensor(external(location)))))).toEqual([`onnx-external-data ${severity}`]);
});

test('weights of a constant and of a sparse tensor are looked at, too', () => {
  const constant = node('Constant', '', field(5, message(field(1, 'value'), field(5, message(external('../x'))))));
  const sparse = field(15, message(field(1, message(external('../x')))));
  expect(rules(model(graph(constant, sparse)))).toEqual(['onnx-external-data critical', 'onnx-external-data critical']);
});

test.each([
  ['no IR version', message(opset(''), graph(node('Relu'))), 'no IR version'],
  ['no graph', message(field(1, 9), field(2, 'x'), opset('')), 'no graph'],
  [
    'a SavedModel of TensorFlow as the name of its producer',
    message(
      field(1, 9),
      field(2, message(field(2, message(field(1, message(field(1, 'a'), field(2, 'ReadFile'))))))),
      opset(''),
      graph(node('Relu')),
    ),
    'no text',
  ],
  ['no operator set', message(field(1, 9), graph(node('Relu'))), 'no operator set'],
  ['a message that is cut', model(graph(node('Relu'))).subarray(0, -2), 'past the'],
  [
    'a length beyond all bounds',
    message(field(1, 9), Buffer.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01])),
    'past the',
  ],
  ['a group', message(field(1, 9), field(2, 'x'), opset(''), Buffer.from([0x3b])), 'wire type 3'],
])('a model with %s is malformed', (_, bytes, text) => {
  const report = scan(bytes);
  expect(report.findings).toMatchObject([{ rule: 'onnx-malformed', message: expect.stringContaining(text) }]);
  expect(report.verdict).toBe('finding');
});

test('an unknown field is a finding', () => {
  expect(rules(model(graph(node('Relu')), field(99, 'x')))).toEqual(['onnx-unknown-field medium']);
});

test('nesting without end is malformed, not a crash', () => {
  let inner: Buffer = node('Relu');
  for (let depth = 0; depth < 500; depth += 1) inner = node('If', '', attribute(field(6, subgraph(inner))));
  expect(rules(model(graph(inner)))).toEqual(['onnx-malformed high']);
});

test('weights are skipped, not read', () => {
  const bytes = model(graph(node('Relu'), tensor(field(9, Buffer.alloc(20_000_000)))));
  let read = 0;
  const file = fileOf('model.onnx', bytes);
  scanFiles([
    {
      ...file,
      read: (offset, length) => {
        read += length;
        return file.read(offset, length);
      },
    },
  ]);
  expect(read).toBeLessThan(2_000_000);
});

test.each([
  ['the representation', message(field(1, 60), field(2, 's'), opset(''), graph(node('Relu')))],
  ['the operators', message(field(1, 9), field(8, message(field(1, ''), field(2, 999))), graph(node('Relu')))],
])('a newer version of %s than is known is not scanned', (_, bytes) => {
  expect(scan(bytes)).toMatchObject({ verdict: 'unscanned', findings: [{ rule: 'unsupported-content' }] });
});

describe('ONNX Runtime', () => {
  const own = [
    'com.microsoft',
    'com.microsoft.nchwc',
    'com.microsoft.experimental',
    'ai.onnx.preview.training',
    'org.pytorch.aten',
  ];

  test('what it writes when it optimizes a model is clean', () => {
    const fused = graph(
      node('FusedConv', 'com.microsoft'),
      node('ReorderInput', 'com.microsoft.nchwc'),
      node('SimplifiedLayerNormalization'),
    );
    expect(scan(model(...own.map((domain) => opset(domain, 1)), fused))).toMatchObject({ verdict: 'clean' });
  });

  test.each([
    ['the compiled program of a device', 'EPContext', 'com.microsoft'],
    ['a program for the library of a device', 'Snpe', 'com.microsoft'],
    ['a call into Python', 'PythonOp', 'com.microsoft'],
    ['any function of PyTorch', 'ATen', 'org.pytorch.aten'],
    ['an operator without a name', '', 'com.microsoft.experimental'],
  ])('%s is a finding', (_, operator, domain) => {
    expect(rules(model(opset(domain, 1), graph(node(operator, domain))))).toEqual(['onnx-custom-operator high']);
  });
});

test('an operator that ONNX does not have is a custom one in its own domain, too', () => {
  expect(rules(model(graph(node('Shell'))))).toEqual(['onnx-custom-operator high']);
});

test.each([
  ['that is not named', tensor(field(14, 1))],
  ['under an unknown key', tensor(field(13, message(field(1, 'Location'), field(2, 'x'))))],
])('weights in another file %s are a finding', (_, weights) => {
  expect(rules(model(graph(node('Relu'), weights)))).toEqual(['onnx-external-data medium']);
});

test.each(['%2e%2e/x', '..%5Cx', 'file:///etc/passwd', 'http://example.com/x'])(
  'the location %s escapes',
  (location) => {
    expect(rules(model(graph(node('Relu'), tensor(external(location)))))).toEqual(['onnx-external-data critical']);
  },
);

const SHELL = Buffer.from("cos\nsystem\n(S'id'\ntR.");
const CODE = '{"auto_map": {"AutoModel": "m.M"}}';
test.each<[string, Buffer, string]>([
  [
    'metadata of the model',
    model(graph(node('Relu')), field(14, message(field(1, 'config'), field(2, CODE)))),
    'config-remote-code',
  ],
  [
    'metadata of a node',
    model(graph(node('Relu', '', field(9, message(field(1, 'a'), field(2, SHELL)))))),
    'pickle-dangerous-import',
  ],
  ['a tensor of texts', model(graph(node('Relu'), tensor(field(6, SHELL)))), 'pickle-dangerous-import'],
  [
    'a text of an attribute',
    model(graph(node('Relu', '', attribute(field(9, SHELL.toString('base64')))))),
    'pickle-dangerous-import',
  ],
])('%s is looked into', (_, bytes, rule) => {
  expect(scan(bytes).findings.map((finding) => finding.rule)).toContain(rule);
});

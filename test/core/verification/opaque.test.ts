import { expect, test } from 'vitest';
import { scanFiles } from '../../../core/verification/scan.ts';
import { field, fileOf, graph, message, model, node } from './samples.ts';

const binary = (start: string): Buffer => Buffer.concat([Buffer.from(start, 'latin1'), Buffer.alloc(64)]);
const described = (...fields: Uint8Array[]): Buffer =>
  message(field(1, 4), field(2, message(field(1, message(field(1, 'in'))))), ...fields);

test.each<[string, Uint8Array | string]>([
  ['Core ML model', described(field(500, message(field(1, message(field(1, 'layer'))))))],
  ['Core ML model', described(field(502, message(field(1, 1))))],
  ['Core ML model', described(field(202, message(field(1, message(field(1, 1))))))],
  ['Core ML model', described(field(555, message(field(10, 'com.example.Layer'))))],
  [
    'PaddlePaddle model',
    message(
      field(1, message(field(1, 0), field(2, 0), field(4, message(field(3, 'relu'))))),
      field(4, message(field(1, 2))),
    ),
  ],
  ['OpenVINO model', '<?xml version="1.0"?>\n<net name="m" version="11"><layers/></net>\n'],
  ['PMML model', '<?xml version="1.0"?>\n<PMML version="4.4"><Header/></PMML>\n'],
  ['TensorRT engine', binary('ptrt')],
  ['TensorRT engine', binary('ftrt')],
  ['ExecuTorch program', binary('\x20\0\0\0ET12')],
  ['Feather', binary('FEA1')],
  ['ORC', binary('ORC')],
  ['Avro', binary('Obj\x01')],
  ['GGML model (before GGUF)', binary('tjgg')],
])('%s is named and not scanned', (format, content) => {
  const report = scanFiles([fileOf('file', content)]);
  expect(report).toMatchObject({ verdict: 'unscanned', files: [{ format, reason: 'unsupported_format' }] });
  expect(report.findings.map(({ rule }) => rule)).toEqual(['unscanned-format']);
});

test('a model of ONNX is no other message', () => {
  expect(scanFiles([fileOf('file', model(graph(node('Relu'))))]).files).toMatchObject([{ format: 'onnx' }]);
});

test.each(['ORC is an orchestra.\n', 'ptrt\n', 'FEA1,a\n1,2\n', '<p>net version=1</p>\n'])(
  'text stays text: %j',
  (text) => {
    expect(scanFiles([fileOf('file', text)]).verdict).toBe('clean');
  },
);

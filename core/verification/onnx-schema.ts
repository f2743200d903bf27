import { type Schema, schemaOf } from './protobuf.ts';

export type OnnxMessage =
  | 'model'
  | 'graph'
  | 'node'
  | 'attribute'
  | 'tensor'
  | 'sparseTensor'
  | 'function'
  | 'training'
  | 'operatorSet'
  | 'externalData'
  | 'metadata';

/** The messages of ONNX (onnx.proto, IR version 14) as far as a scan walks them. */
export const ONNX: Schema<OnnxMessage> = schemaOf<OnnxMessage>({
  model: {
    1: 'number',
    2: 'name',
    3: 'text',
    4: 'text',
    5: 'varint',
    6: 'text',
    7: ':graph',
    8: ':operatorSet',
    14: ':metadata',
    20: ':training',
    25: ':function',
    26: 'data',
  },
  graph: {
    1: ':node',
    2: 'data',
    5: ':tensor',
    10: 'text',
    11: 'data',
    12: 'data',
    13: 'data',
    14: 'data',
    15: ':sparseTensor',
    16: ':metadata',
  },
  node: {
    1: 'data',
    2: 'data',
    3: 'data',
    4: 'name',
    5: ':attribute',
    6: 'data',
    7: 'name',
    8: 'data',
    9: ':metadata',
    10: 'data',
  },
  attribute: {
    1: 'data',
    2: 'float',
    3: 'varint',
    4: 'text',
    5: ':tensor',
    6: ':graph',
    7: 'floats',
    8: 'varints',
    9: 'text',
    10: ':tensor',
    11: ':graph',
    13: 'data',
    14: 'data',
    15: 'data',
    20: 'varint',
    21: 'data',
    22: ':sparseTensor',
    23: ':sparseTensor',
  },
  tensor: {
    1: 'varints',
    2: 'varint',
    3: 'data',
    4: 'floats',
    5: 'varints',
    6: 'text',
    7: 'varints',
    8: 'data',
    9: 'data',
    10: 'doubles',
    11: 'varints',
    12: 'data',
    13: ':externalData',
    14: 'number',
    16: ':metadata',
  },
  sparseTensor: { 1: ':tensor', 2: ':tensor', 3: 'varints' },
  function: {
    1: 'name',
    4: 'data',
    5: 'data',
    6: 'data',
    7: ':node',
    8: 'text',
    9: ':operatorSet',
    10: 'name',
    11: ':attribute',
    12: 'data',
    13: 'data',
    14: ':metadata',
  },
  training: { 1: ':graph', 2: ':graph', 3: 'data', 4: 'data' },
  operatorSet: { 1: 'name', 2: 'number' },
  externalData: { 1: 'name', 2: 'name' },
  metadata: { 1: 'text', 2: 'text' },
});

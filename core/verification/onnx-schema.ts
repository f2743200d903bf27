/**
 * The messages of ONNX (onnx.proto, IR version 13) as far as a scan walks them. `name` is a short string that is looked
 * at; `data` is a length-delimited value that is skipped unread, weights among it.
 */
export type Scalar = 'varint' | 'varints' | 'float' | 'floats' | 'doubles' | 'name' | 'data';

export type MessageName =
  | 'model'
  | 'graph'
  | 'node'
  | 'attribute'
  | 'tensor'
  | 'sparseTensor'
  | 'function'
  | 'training'
  | 'operatorSet'
  | 'externalData';

export type FieldKind = Scalar | { readonly message: MessageName };

const message = (name: MessageName): FieldKind => ({ message: name });

function fields(entries: Readonly<Record<number, FieldKind>>): ReadonlyMap<number, FieldKind> {
  return new Map(Object.entries(entries).map(([number, kind]) => [Number(number), kind]));
}

export const ONNX: Readonly<Record<MessageName, ReadonlyMap<number, FieldKind>>> = {
  model: fields({
    1: 'varint',
    2: 'name',
    3: 'data',
    4: 'data',
    5: 'varint',
    6: 'data',
    7: message('graph'),
    8: message('operatorSet'),
    14: 'data',
    20: message('training'),
    25: message('function'),
    26: 'data',
  }),
  graph: fields({
    1: message('node'),
    2: 'data',
    5: message('tensor'),
    10: 'data',
    11: 'data',
    12: 'data',
    13: 'data',
    14: 'data',
    15: message('sparseTensor'),
    16: 'data',
  }),
  node: fields({
    1: 'data',
    2: 'data',
    3: 'data',
    4: 'name',
    5: message('attribute'),
    6: 'data',
    7: 'name',
    8: 'data',
    9: 'data',
    10: 'data',
  }),
  attribute: fields({
    1: 'data',
    2: 'float',
    3: 'varint',
    4: 'data',
    5: message('tensor'),
    6: message('graph'),
    7: 'floats',
    8: 'varints',
    9: 'data',
    10: message('tensor'),
    11: message('graph'),
    13: 'data',
    14: 'data',
    15: 'data',
    20: 'varint',
    21: 'data',
    22: message('sparseTensor'),
    23: message('sparseTensor'),
  }),
  tensor: fields({
    1: 'varints',
    2: 'varint',
    3: 'data',
    4: 'floats',
    5: 'varints',
    6: 'data',
    7: 'varints',
    8: 'data',
    9: 'data',
    10: 'doubles',
    11: 'varints',
    12: 'data',
    13: message('externalData'),
    14: 'varint',
    16: 'data',
  }),
  sparseTensor: fields({ 1: message('tensor'), 2: message('tensor'), 3: 'varints' }),
  function: fields({
    1: 'name',
    4: 'data',
    5: 'data',
    6: 'data',
    7: message('node'),
    8: 'data',
    9: message('operatorSet'),
    10: 'name',
    11: message('attribute'),
    12: 'data',
    13: 'data',
    14: 'data',
  }),
  training: fields({ 1: message('graph'), 2: message('graph'), 3: 'data', 4: 'data' }),
  operatorSet: fields({ 1: 'name', 2: 'varint' }),
  externalData: fields({ 1: 'name', 2: 'name' }),
};

import { type Schema, schemaOf } from '../protobuf.ts';

export type TensorflowMessage =
  | 'savedModel'
  | 'metaGraph'
  | 'graph'
  | 'node'
  | 'attribute'
  | 'value'
  | 'list'
  | 'tensor'
  | 'functionName'
  | 'argument'
  | 'argumentValue'
  | 'library'
  | 'function'
  | 'functionSignature'
  | 'parameter'
  | 'functionNode'
  | 'gradient'
  | 'saver'
  | 'collectionEntry'
  | 'collection'
  | 'nodeList'
  | 'signatureEntry'
  | 'signature'
  | 'tensorEntry'
  | 'tensorInfo'
  | 'sparseInfo'
  | 'compositeInfo'
  | 'asset'
  | 'assetInfo'
  | 'objects'
  | 'object'
  | 'userObject'
  | 'assetObject'
  | 'bareFunction'
  | 'constant'
  | 'captured'
  | 'concreteEntry'
  | 'concreteFunction';

/**
 * The messages of a SavedModel (`tensorflow/core/protobuf/saved_model.proto` and what it includes, of TensorFlow 2.21)
 * as far as a scan walks them.
 */
export const TENSORFLOW: Schema<TensorflowMessage> = schemaOf<TensorflowMessage>({
  savedModel: { 1: 'varint', 2: ':metaGraph' },
  metaGraph: {
    1: 'data',
    2: ':graph',
    3: ':saver',
    4: ':collectionEntry',
    5: ':signatureEntry',
    6: ':asset',
    7: ':objects',
  },
  graph: { 1: ':node', 2: ':library', 3: 'varint', 4: 'data', 5: 'data' },
  node: { 1: 'name', 2: 'name', 3: 'name', 4: 'data', 5: ':attribute', 6: 'data', 7: 'data' },
  attribute: { 1: 'name', 2: ':value' },
  value: {
    1: ':list',
    2: 'place',
    3: 'varint',
    4: 'float',
    5: 'varint',
    6: 'varint',
    7: 'data',
    8: ':tensor',
    9: 'data',
    10: ':functionName',
  },
  list: {
    2: 'text',
    3: 'varints',
    4: 'floats',
    5: 'varints',
    6: 'varints',
    7: 'data',
    8: ':tensor',
    9: ':functionName',
  },
  // The numbers are skipped.
  tensor: {
    1: 'varint',
    2: 'data',
    3: 'varint',
    4: 'data',
    5: 'floats',
    6: 'doubles',
    7: 'varints',
    8: 'text',
    9: 'floats',
    10: 'varints',
    11: 'varints',
    12: 'doubles',
    13: 'varints',
    14: 'data',
    15: 'data',
    16: 'varints',
    17: 'varints',
    18: 'data',
  },
  // An attribute of a function that an attribute names, which is none of the node's own.
  functionName: { 1: 'name', 2: ':argument' },
  argument: { 1: 'data', 2: ':argumentValue' },
  argumentValue: {
    1: ':list',
    2: 'text',
    3: 'varint',
    4: 'float',
    5: 'varint',
    6: 'varint',
    7: 'data',
    8: ':tensor',
    9: 'data',
    10: ':functionName',
  },
  library: { 1: ':function', 2: ':gradient', 3: 'data' },
  function: {
    1: ':functionSignature',
    3: ':functionNode',
    4: 'data',
    5: 'data',
    6: 'data',
    7: 'data',
    8: 'data',
  },
  functionSignature: {
    1: 'name',
    2: ':parameter',
    3: 'data',
    4: 'data',
    5: 'data',
    6: 'data',
    8: 'data',
    16: 'varint',
    17: 'varint',
    18: 'varint',
    19: 'varint',
    20: 'data',
    21: 'varint',
  },
  parameter: {
    1: 'name',
    2: 'data',
    3: 'varint',
    4: 'data',
    5: 'data',
    6: 'data',
    7: 'data',
    16: 'varint',
    17: 'data',
  },
  functionNode: { 1: 'name', 2: 'name', 3: 'name', 4: 'data', 5: ':attribute', 6: 'data', 7: 'data' },
  gradient: { 1: 'name', 2: 'name' },
  saver: { 1: 'data', 2: 'data', 3: 'name', 4: 'varint', 5: 'varint', 6: 'float', 7: 'varint' },
  collectionEntry: { 1: 'data', 2: ':collection' },
  collection: { 1: ':nodeList', 2: 'data', 3: 'data', 4: 'data', 5: 'data' },
  nodeList: { 1: 'name' },
  signatureEntry: { 1: 'data', 2: ':signature' },
  signature: { 1: ':tensorEntry', 2: ':tensorEntry', 3: 'data', 4: 'data' },
  tensorEntry: { 1: 'data', 2: ':tensorInfo' },
  tensorInfo: { 1: 'name', 2: 'varint', 3: 'data', 4: ':sparseInfo', 5: ':compositeInfo' },
  sparseInfo: { 1: 'name', 2: 'name', 3: 'name' },
  compositeInfo: { 1: 'data', 2: ':tensorInfo' },
  asset: { 1: ':assetInfo', 2: 'name' },
  assetInfo: { 1: 'name', 2: 'varint', 3: 'data', 4: 'data', 5: 'data' },
  objects: { 1: ':object', 2: ':concreteEntry' },
  object: {
    1: 'data',
    3: 'data',
    4: ':userObject',
    5: ':assetObject',
    6: 'data',
    7: 'data',
    8: ':bareFunction',
    9: ':constant',
    10: 'data',
    11: 'data',
    12: ':captured',
    13: 'data',
    14: 'data',
    15: 'data',
    16: 'data',
  },
  userObject: { 1: 'data', 2: 'data', 3: 'place' },
  assetObject: { 1: 'varint' },
  bareFunction: { 1: 'name', 2: 'data', 3: 'varint', 4: 'data' },
  constant: { 1: 'name' },
  captured: { 1: 'name', 2: 'name' },
  concreteEntry: { 1: 'name', 2: ':concreteFunction' },
  concreteFunction: { 2: 'place', 3: 'data', 4: 'data' },
});

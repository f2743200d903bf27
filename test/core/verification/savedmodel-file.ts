import { field, message } from './samples.ts';

/** Parts of a SavedModel (`tensorflow/core/protobuf/saved_model.proto`). */
export interface NodeParts {
  readonly inputs?: readonly string[];
  /** Functions that attributes name. */
  readonly calls?: readonly string[];
  readonly texts?: Readonly<Record<string, string>>;
}

const nodeDef = (name: string, op: string, { inputs = [], calls = [], texts = {} }: NodeParts): Buffer =>
  message(
    field(1, name),
    field(2, op),
    ...inputs.map((input) => field(3, input)),
    ...calls.map((call) => field(5, message(field(1, 'f'), field(2, field(10, field(1, call)))))),
    ...Object.entries(texts).map(([key, value]) => field(5, message(field(1, key), field(2, field(2, value))))),
  );

export const node = (name: string, op: string, parts: NodeParts = {}): Buffer => field(1, nodeDef(name, op, parts));
export const inside = (name: string, op: string, parts: NodeParts = {}): Buffer => field(3, nodeDef(name, op, parts));

export const functionOf = (name: string, parameters: readonly string[], ...nodes: Uint8Array[]): Buffer =>
  field(1, message(field(1, message(field(1, name), ...parameters.map((each) => field(2, field(1, each))))), ...nodes));

export interface ModelParts {
  readonly nodes?: readonly Uint8Array[];
  readonly functions?: readonly Uint8Array[];
  /** Fields of the MetaGraphDef. */
  readonly more?: readonly Uint8Array[];
}

export const savedModelOf = ({ nodes = [], functions = [], more = [] }: ModelParts): Buffer =>
  message(
    field(1, 1),
    field(
      2,
      message(field(1, field(4, 'serve')), field(2, message(...nodes, field(2, message(...functions)))), ...more),
    ),
  );

const tensorInfo = (name: string): Buffer => message(field(1, name), field(2, 1));
export const signature = (output: string): Buffer =>
  field(
    5,
    message(field(1, 'serving_default'), field(2, field(2, message(field(1, 'y'), field(2, tensorInfo(output)))))),
  );
export const saver = (save: string, restore: string): Buffer =>
  field(3, message(field(1, 'file:0'), field(2, save), field(3, restore)));
export const mainOp = (name: string): Buffer =>
  field(4, message(field(1, 'saved_model_main_op'), field(2, field(1, field(1, name)))));
export const asset = (tensor: string, file: string): Buffer =>
  field(6, message(field(1, field(1, tensor)), field(2, file)));
/** Objects that are assets or not, and functions with the objects that they are bound to. */
export const objects = (assets: readonly boolean[], callable: Readonly<Record<string, readonly number[]>>): Buffer =>
  field(
    7,
    message(
      ...assets.map((is) => field(1, is ? field(5, field(1, 0)) : field(4, field(1, 'x')))),
      ...Object.entries(callable).map(([name, bound]) =>
        field(2, message(field(1, name), field(2, field(2, Buffer.from(bound))))),
      ),
    ),
  );

/** As TensorFlow 2 saves a model: a function that is served, and two that save and restore. */
export const small = savedModelOf({
  nodes: [
    node('x', 'Placeholder'),
    node('v', 'VarHandleOp'),
    node('serve', 'StatefulPartitionedCall', { inputs: ['x', 'v'], calls: ['wrapper'] }),
    node('file', 'Placeholder'),
    node('saves', 'StatefulPartitionedCall', { inputs: ['file', 'v'], calls: ['traced_save'] }),
    node('restores', 'StatefulPartitionedCall', { inputs: ['file', 'v'], calls: ['traced_restore'] }),
  ],
  functions: [
    functionOf('wrapper', ['x', 'v'], inside('c', 'StatefulPartitionedCall', { inputs: ['x'], calls: ['call'] })),
    functionOf('call', ['x', 'v'], inside('r', 'ReadVariableOp', { inputs: ['v'] }), inside('a', 'AddV2')),
    functionOf('traced_save', ['file', 'v'], inside('s', 'SaveV2'), inside('m', 'MergeV2Checkpoints')),
    functionOf('traced_restore', ['file', 'v'], inside('r', 'RestoreV2'), inside('a', 'AssignVariableOp')),
  ],
  more: [saver('saves:0', 'restores'), signature('serve:0'), objects([false], { call: [] })],
});

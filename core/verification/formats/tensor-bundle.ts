import { type Format, type FormatVerdict, startsWith } from '../format.ts';
import { MAGIC, readBundle } from '../tensorflow/bundle.ts';

/** The list of tensors in a checkpoint of TensorFlow, `variables.index`: names, shapes and places. */
export const tensorBundle: Format = {
  name: 'tensor-bundle',
  rules: [],
  detect: (_head, _file, tail) => startsWith(tail, MAGIC, tail.length - MAGIC.length),
  scan: (file, context): FormatVerdict => {
    readBundle(file, context);
    return { format: 'TensorFlow checkpoint', verdict: 'clean', notes: [] };
  },
};

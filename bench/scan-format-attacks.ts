import { gzipSync } from 'node:zlib';
import { calling, EMPTY_DICT, int, pickleOf, proto, SETITEM, STOP, text } from '../test/core/verification/assembler.ts';
import { json, KERAS, keras, LLAMA, MLMODEL, TOKENIZER } from '../test/core/verification/configurations.ts';
import { small as gguf, ggufOf, template } from '../test/core/verification/gguf-file.ts';
import {
  CONTIGUOUS,
  DENSE,
  fileWith,
  fixed,
  group,
  message as h5Message,
  LAMBDA,
  plugin,
} from '../test/core/verification/hdf5-file.ts';
import { field, graph, message, model, node, opset, zipOf } from '../test/core/verification/samples.ts';
import { small as savedModel, savedModelOf, node as tfNode } from '../test/core/verification/savedmodel-file.ts';
import { small as tar, tarOf } from '../test/core/verification/tar-file.ts';
import { safetensorsOf, tensor } from '../test/core/verification/tensors.ts';
import { liteOf } from '../test/core/verification/tflite-file.ts';
import { small as xgboost } from '../test/core/verification/xgboost-file.ts';

const evil = calling('os', 'system');
const ESCAPE = "{{ cycler.__init__.__globals__.os.popen('id').read() }}";
const archive = (name: string, content: string): Uint8Array => zipOf([{ name, content }]);
const weights = safetensorsOf({ a: tensor('F32', [2], 0, 8) }, 8);
const external = (path: string): Uint8Array =>
  model(
    graph(
      node('Relu'),
      field(
        5,
        message(
          field(1, 1),
          field(2, 1),
          field(8, 'w'),
          field(13, message(field(1, 'location'), field(2, path))),
          field(14, 1),
        ),
      ),
    ),
  );

/** What hides in formats other than pickle: code, paths to other files, and other files in the place of tensors. */
export const FORMAT_ATTACKS: Readonly<Record<string, Uint8Array>> = {
  'template.gguf': ggufOf({ keys: template(ESCAPE) }),
  'pickle-behind.gguf': Buffer.concat([gguf, evil]),
  'pickle-behind.safetensors': Buffer.concat([weights, evil]),
  'zip-behind.safetensors': Buffer.concat([weights, archive('a/data.pkl', 'x')]),
  'lambda.keras': archive('config.json', keras({ class_name: 'Lambda', config: { function: '4wEAAAA=' } })),
  'import.keras': archive('config.json', keras({ class_name: 'function', module: 'os', config: 'system' })),
  'get-file.keras': archive(
    'config.json',
    keras({ class_name: 'function', module: 'keras.utils', config: 'get_file' }),
  ),
  'torch-module.keras': archive(
    'config.json',
    keras({ class_name: 'TorchModuleWrapper', module: 'keras.layers', config: {} }),
  ),
  'vocabulary.keras': archive(
    'config.json',
    keras({ class_name: 'StringLookup', module: 'keras.layers', config: { vocabulary: '/etc/passwd' } }),
  ),
  'lambda.h5': fileWith([fixed('model_config', LAMBDA)]),
  'external-values.h5': group(CONTIGUOUS, h5Message(0x07, Buffer.alloc(16))),
  'plugin.h5': group(plugin),
  'external.onnx': external('../../etc/passwd'),
  'custom-operator.onnx': model(opset('com.example'), graph(node('Run', 'com.example'))),
  'py-func.pb': savedModelOf({ nodes: [tfNode('n', 'PyFunc')] }),
  'write-file.pb': savedModelOf({ nodes: [tfNode('n', 'WriteFile')] }),
  'flex-write-file.tflite': liteOf({ codes: [{ code: 32, short: 32, name: 'FlexWriteFile' }] }),
  'custom-operator.tflite': liteOf({ codes: [{ code: 32, short: 32, name: 'Own' }] }),
  'auto-map-config.json': Buffer.from(json({ ...LLAMA, auto_map: { AutoModel: 'modeling.Net' } })),
  'template-tokenizer_config.json': Buffer.from(json({ ...TOKENIZER, chat_template: ESCAPE })),
  'python-tag.yaml': Buffer.from('run: !!python/object/apply:os.system [id]\n'),
  'loader-MLmodel': Buffer.from(MLMODEL.replace('mlflow.sklearn', 'my_loader')),
  'address-requirements.txt': Buffer.from('numpy==2.0.0\nmytool @ https://example.com/mytool-1.0.tar.gz\n'),
  'slip.tar': tarOf({ name: '../../home/user/.bashrc', content: 'id' }),
  'link.tar': tarOf({ name: 'a', type: '2' }, { name: 'a/b', content: 'x' }),
  'pickle-in.tar': tarOf({ name: 'model.txt', content: evil }),
  'pickle-in.tar.gz': gzipSync(tarOf({ name: 'model.txt', content: evil })),
  'library.so': Buffer.concat([Buffer.from('\x7fELF', 'latin1'), Buffer.alloc(60)]),
  'registered.json': Buffer.from(json({ ...KERAS, class_name: 'my_package>Net' })),
};

/** What nobody should hold: a scanner that takes every format but its own for broken holds these, too. */
export const ORDINARY: Readonly<Record<string, Uint8Array>> = {
  'data.pkl': pickleOf(proto(4), EMPTY_DICT, text('a'), int(1), SETITEM, STOP),
  'checkpoint-empty.pt': zipOf([
    { name: 'a/data.pkl', content: pickleOf(proto(2), '}.') },
    { name: 'a/version', content: '3\n' },
  ]),
  'model.gguf': gguf,
  'model.safetensors': weights,
  'model.keras': archive('config.json', json(KERAS)),
  'model.h5': fileWith([fixed('model_config', DENSE)]),
  'model.onnx': model(graph(node('Relu'))),
  'saved_model.pb': savedModel,
  'model.tflite': liteOf(),
  'model.ubj': xgboost,
  'config.json': Buffer.from(json(LLAMA)),
  'tokenizer_config.json': Buffer.from(json(TOKENIZER)),
  MLmodel: Buffer.from(MLMODEL),
  'requirements.txt': Buffer.from('numpy==2.0.0\n'),
  'files.tar': tar,
};

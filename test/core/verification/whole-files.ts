import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { ATTACKS } from '../../../bench/scan-attacks.ts';
import { EMPTY_DICT, global, int, pickleOf, proto, SETITEM, STOP, text } from './assembler.ts';
import { COMPRESSED } from './compressed-samples.ts';
import { CONDA, json, KERAS, LLAMA, MLMODEL, TOKENIZER } from './configurations.ts';
import { rowOf } from './distributed-file.ts';
import { array as flaxArray, flaxOf } from './flax-file.ts';
import { small as gguf, ggufOf, text as ggufText, list } from './gguf-file.ts';
import {
  CONTIGUOUS,
  chunked,
  contiguous,
  DENSE,
  deflate,
  fixed,
  group,
  inHeap,
  lzf,
  plugin,
  records,
  variable,
} from './hdf5-file.ts';
import { binary, pair, parquetOf, struct } from './parquet-file.ts';
import { field, graph, message, model, node, opset, zipOf } from './samples.ts';
import { small as savedmodel } from './savedmodel-file.ts';
import { small as tar } from './tar-file.ts';
import { bundleOf } from './tensor-bundle-file.ts';
import { eventsOf, scalar, summary } from './tensorboard-file.ts';
import { safetensorsOf, tensor } from './tensors.ts';
import { liteOf } from './tflite-file.ts';
import { small as xgboost } from './xgboost-file.ts';

const attacks = (names: RegExp): readonly Uint8Array[] =>
  Object.entries(ATTACKS).flatMap(([name, bytes]) => (names.test(name) ? [bytes] : []));

const npy = (header: string, data: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`\x93NUMPY\x01\0${String.fromCharCode(header.length)}\0${header}`, 'latin1'), data]);

export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
/** One pixel of each, as Pillow 13.0 writes it. */
export const JPEG = Buffer.from(
  `/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5
PTgyPC4zNDL/wAALCAABAAEBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEI
I0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5
usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/ACv/2Q==`,
  'base64',
);
export const GIF = Buffer.from('R0lGODdhAQABAIEAAICAgAAAAAAAAAAAACwAAAAAAQABAAAIBAABBAQAOw==', 'base64');
export const WEBP = Buffer.from('UklGRhwAAABXRUJQVlA4TA8AAAAvAAAAAAcQBYz+ByKi/wEA', 'base64');
/** With a comment and a table of colours; with a profile of an odd length. */
const GIF_WITH_COMMENT = Buffer.concat([
  GIF.subarray(0, 25),
  Buffer.from('!\xfe\x05hello\0', 'latin1'),
  GIF.subarray(25),
]);
const JPEG_WITH_METADATA = Buffer.concat([
  JPEG.subarray(0, 2),
  Buffer.from('\xff\xfe\0\x07hello\xff\xe1\0\x08Exif\0\0', 'latin1'),
  JPEG.subarray(2),
]);
const WEBP_WITH_PROFILE = Buffer.from(
  `RIFF\x3a\0\0\0WEBPVP8X\x0a\0\0\0\x20${'\0'.repeat(9)}ICCP\x03\0\0\0abc\0${WEBP.toString('latin1', 12)}`,
  'latin1',
);
const PICKLED = "cos\nsystem\n(S'id'\ntR.";
const TREES = json({ learner: { gradient_booster: { model: { trees: [{ id: 0 }] } } }, version: [3, 2, 0] });
const TEMPLATE =
  "{% set x = namespace(a=1) %}{% for message in messages %}{{ message['role'] + ': ' + message.content | trim }}{% endfor %}{# c #}";
const numbers = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }        \n", Buffer.alloc(16));

/** Whole files of every format that is scanned, ordinary and hostile, small enough to be damaged many times. */
export const WHOLE: Readonly<Record<string, readonly Uint8Array[]>> = {
  pickle: [
    ...attacks(/\.pkl$/),
    pickleOf(proto(4), EMPTY_DICT, text('a'), int(1), SETITEM, STOP),
    pickleOf(global('collections', 'OrderedDict'), ')R.'),
    Buffer.from("(dp0\nS'a'\np1\ncos\nsystem\np2\n(S'id'\ntRs."),
  ],
  zip: [
    zipOf([
      { name: 'a/data.pkl', content: pickleOf(proto(2), '}.') },
      { name: 'a/version', content: '3\n' },
    ]),
    zipOf([{ name: 'config.json', content: json(KERAS) }], 'comment'),
    zipOf([{ name: 'a', content: deflateRawSync('text '.repeat(100)), method: 8, declaredSize: 500 }]),
    ...attacks(/\.(pt|zip)$/),
  ],
  npy: [...attacks(/\.npy$/), numbers, zipOf([{ name: 'a.npy', content: numbers }])],
  compressed: [
    gzipSync('text '.repeat(100)),
    ...Object.values(COMPRESSED).flatMap((made) => Object.values(made).map((text) => Buffer.from(text, 'base64'))),
    zstdCompressSync('some text and some other text '.repeat(20)),
    zstdCompressSync(Buffer.concat(attacks(/\.pkl$/))),
    ...attacks(/\.joblib$/),
    deflateSync(pickleOf(proto(4), STOP), { strategy: 4 }),
  ],
  safetensors: [
    safetensorsOf({ __metadata__: { format: 'pt' }, a: tensor('F32', [2], 0, 8), b: tensor('F4', [4], 8, 10) }, 10),
  ],
  gguf: [
    gguf,
    ggufOf({
      keys: [
        ['tokens', 9, list(8, 2, ggufText('a'), ggufText(PICKLED))],
        ['lists', 9, list(9, 2, list(8, 1, ggufText('b')), list(4, 1, Buffer.alloc(4)))],
      ],
      tensors: [{}],
    }),
  ],
  msgpack: [
    flaxOf(flaxArray([2], 'float32', 8)),
    flaxOf("\xd9\x20cos\nsystem\n(S'echo 1234567'\ntR....."),
    // An array and a setting in bytes, as spaCy keeps them.
    flaxOf(
      '\x85\xc4\x02nd\xc3\xc4\x04type\xa3<f4\xc4\x04kind\xc4\x00\xc4\x05shape\x91\x02\xc4\x04data\xc4\x0812345678',
    ),
    flaxOf(`\xc4\x15\x93\xb0relu of an input\x01\xa1a`),
    Buffer.from('\x81\xcf\x01\x02\x03\x04\x05\x06\x07\x08\x01', 'latin1'),
    flaxOf(
      `\x93${flaxArray([], 'float16', 2, '\x03')}\xc7\x13\x02\x92\xcb${'x'.repeat(8)}\xcb${'x'.repeat(8)}\x81\xa10\xc0`,
    ),
  ],
  tar: [tar],
  hdf5: [
    inHeap(DENSE),
    group(CONTIGUOUS, deflate, fixed('model_config', DENSE)),
    group(plugin),
    contiguous('label', 5),
    variable(DENSE),
    variable(PICKLED, 0),
    chunked(deflateSync(Buffer.from(PICKLED)), PICKLED.length, deflate),
    chunked(Buffer.from(PICKLED), PICKLED.length, lzf),
    records('name', PICKLED),
  ],
  xgboost: [xgboost, Buffer.from(TREES)],
  onnx: [
    model(graph(node('If', '', field(5, field(6, node('Relu')))), field(5, field(9, Buffer.alloc(300))))),
    model(
      opset('com.example'),
      graph(node('Op', 'com.example'), field(5, message(field(13, message(field(2, '../x')))))),
    ),
  ],
  savedmodel: [savedmodel],
  'distributed-checkpoint': [rowOf()],
  'tensor-bundle': [bundleOf([{ name: 'a', offset: 0, size: 4 }])],
  'keras-metadata': [field(1, message(field(2, 1), field(4, '_tf_keras_model'), field(5, json(KERAS))))],
  fingerprint: [message(...[1, 2, 3, 4, 5].map((key) => field(key, 12345)), field(7, 'a-1'))],
  sentencepiece: [
    message(
      field(1, message(field(1, '<unk>'), field(3, 2))),
      field(1, field(1, 'a')),
      field(2, message(field(3, 1), field(4, 2))),
      field(3, field(1, 'identity')),
    ),
  ],
  tensorboard: [
    eventsOf(scalar('loss', 1), scalar('loss', 2)),
    eventsOf(summary(message(field(1, 'note'), field(8, message(field(1, 7), field(8, PICKLED))))), field(4, 'graph')),
  ],
  tflite: [
    liteOf(),
    liteOf({ codes: [{ code: 32, name: 'FlexReadFile' }] }),
    liteOf({
      buffers: [[], [{ bytes: Buffer.alloc(8, 1) }], [{ bytes: PICKLED }]],
      more: [null, { tables: [[{ bytes: 'note' }, { int32: 2 }]] }],
    }),
  ],
  parquet: [
    parquetOf({
      metadata: [pair('a', PICKLED), pair('ARROW:schema', 'AAAA'), pair('b', '{"type": "udt", "class": "a.B"}')],
    }),
    parquetOf({ data: Buffer.alloc(0), chunk: { 1: binary('../x') }, column: { 12: struct({ 1: binary('max') }) } }),
  ],
  'hadoop-checksum': [Buffer.from([...Buffer.from('crc\0'), 0, 0, 2, 0, 1, 2, 3, 4])],
  png: [PNG],
  jpeg: [JPEG, JPEG_WITH_METADATA],
  gif: [GIF, GIF_WITH_COMMENT],
  webp: [WEBP, WEBP_WITH_PROFILE],
  'model-config': [
    ...[json(TOKENIZER), json(LLAMA), json(KERAS), MLMODEL, CONDA].map((file) => Buffer.from(file)),
    Buffer.from(json({ ...TOKENIZER, chat_template: TEMPLATE })),
    Buffer.from('a @ b:c\n-e x'),
    Buffer.from('{"a": NaN, "auto_map": {"a": 1}}'),
    Buffer.from('{"auto_map": {"AutoModel": "a.B"}, "auto_map": {}}'),
    Buffer.from('auto_map: {AutoModel: a.B}\nauto_map: &a {}\n<<: *a\n'),
  ],
  text: [Buffer.from('{"$schema": "vega", "data": {"url": "x"}}'), Buffer.from('a,b\n1,2\n'), Buffer.from('#!/bin/sh')],
};

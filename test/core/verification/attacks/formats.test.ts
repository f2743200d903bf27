import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { scanFiles } from '../../../../core/verification/scan.ts';
import { bytes as binary, pickleOf, proto } from '../assembler.ts';
import { ggufOf, list, number, template, text } from '../gguf-file.ts';
import { CONTIGUOUS, fileWith, fixed, message as hdf5Message, header, join, LAMBDA, u16, u64 } from '../hdf5-file.ts';
import { field, fileOf, graph, message, model, node, opset } from '../samples.ts';
import { savedModelOf, node as tensorflow } from '../savedmodel-file.ts';
import { safetensorsOf, tensor } from '../tensors.ts';
import { WHOLE } from '../whole-files.ts';
import { changed, expectHeld, SHELL } from './held.ts';

const npy = (text: string, data: Uint8Array = Buffer.alloc(0), version = 1): Buffer => {
  const size = Buffer.alloc(version === 1 ? 2 : 4);
  size.writeUIntLE(Buffer.byteLength(text), 0, size.length);
  return Buffer.concat([
    Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0`, 'latin1'),
    size,
    Buffer.from(text),
    data,
  ]);
};
const described = (descr: string, shape = '(1,)'): string =>
  `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }\n`;
const weights = (key: string, value: string): Buffer => message(field(1, key), field(2, value));
const external = (...entries: Uint8Array[]): Buffer =>
  message(...entries.map((entry) => field(13, entry)), field(14, 1));
const key = (name: string, type: number, value: Uint8Array) => [[name, type, value]] as const;
const EVIL = "{{ ''.__class__.__mro__ }}";
/** HDF5 with a Lambda behind another file, where its readers look for it. */
const behind = (start: Uint8Array, at = 512): Buffer =>
  Buffer.concat([start, Buffer.alloc(at - start.length), fileWith([fixed('model_config', LAMBDA)])]);
const zf = (content: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`ZF0x${content.length.toString(16).padEnd(17)}`), deflateSync(content)]);
const many = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => make(index));

test.each<[string, Buffer]>([
  // Arrays of NumPy
  ['objects in a field', npy(described("[('a', '<f4'), ('b', '|O')]"), SHELL)],
  ['objects in a field of a field', npy(described("[('a', [('b', [('c', 'O')])])]"), SHELL)],
  ['objects of the second version', npy(described("'|O'"), SHELL, 2)],
  ['objects of the third version', npy(described("'|O'"), SHELL, 3)],
  ['objects by another name of the type', npy(described("'object'"), SHELL)],
  ['objects in a list of types by commas', npy(described("'f4,O'"), SHELL)],
  ['objects with a shape of their own', npy(described("('O', (1,))"), SHELL)],
  ['data behind the objects', npy(described("'|O'"), Buffer.concat([Buffer.from('N.'), SHELL]))],
  ['a shape that overflows', npy(described("'<f8'", '(999999999999999, 999999999999999)'))],
  ['a shape below zero', npy(described("'<f8'", '(-1,)'))],
  ['a shape of more than there is', npy(described("'<f8'", '(9,)'))],
  ['less shape than there is data', npy(described("'<f8'", '(0,)'), SHELL)],
  ['no shape and hidden data', npy(described("'V0'", '(9,)'), SHELL)],
  ['a header of a thousand brackets', npy('('.repeat(1000) + ')'.repeat(1000))],
  ['a header that computes', npy(described("'<f8'", '(10 ** 10,)'))],
  ['a header with a name', npy(described('x'))],
  ['a key twice', npy("{'descr': '<f8', 'descr': '|O', 'fortran_order': False, 'shape': ()}\n", SHELL)],
  ['a key in escapes', npy("{'d\\x65scr': '|O', 'fortran_order': False, 'shape': ()}\n", SHELL)],
  ['a fourth version', npy(described("'|O'"), SHELL, 4)],
  // Compression
  ['old joblib', zf(SHELL)],
  ['old joblib in other digits', Buffer.concat([Buffer.from(`ZF ${'1b'.padEnd(18)}`), deflateSync(SHELL)])],
  ['two members of gzip', Buffer.concat([gzipSync('text'), gzipSync(SHELL)])],
  ['a pickle in gzip in zlib', deflateSync(gzipSync(SHELL))],
  [
    'gzip of a reserved flag',
    changed(gzipSync('text'), (copy) => {
      copy[3] = 0x20;
    }),
  ],
  [
    'gzip of another method',
    changed(gzipSync('text'), (copy) => {
      copy[2] = 7;
    }),
  ],
  ['gzip of another size', changed(gzipSync('text'), (copy) => copy.writeUInt32LE(9, copy.length - 4))],
  ['gzip of another checksum', changed(gzipSync('text'), (copy) => copy.writeUInt32LE(9, copy.length - 8))],
  [
    'zlib of a dictionary',
    changed(deflateSync('text'), (copy) => {
      copy[1] = 0xbb;
    }),
  ],
  ['zlib and data behind it', Buffer.concat([deflateSync('text'), SHELL])],
  ['two frames of Zstandard', Buffer.concat([zstdCompressSync(SHELL), zstdCompressSync('text\n')])],
  [
    'a frame that is skipped',
    Buffer.concat([Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]), zstdCompressSync(SHELL)]),
  ],
  [
    'a frame of Zstandard and one that is skipped',
    Buffer.concat([zstdCompressSync('text\n'), Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0]), SHELL]),
  ],
  // ONNX
  [
    'a place of weights given twice',
    model(graph(field(5, external(weights('location', 'a'), weights('location', '../b'))))),
  ],
  [
    'a place with its key behind it',
    model(graph(field(5, external(message(field(2, '/etc/passwd'), field(1, 'location')))))),
  ],
  [
    'a place whose key is given twice',
    model(graph(field(5, external(message(field(1, 'x'), field(1, 'location'), field(2, 'y')))))),
  ],
  ['weights elsewhere in a sparse tensor', model(graph(field(15, field(2, external(weights('location', 'x'))))))],
  [
    'weights elsewhere in an attribute',
    model(graph(node('C', '', field(5, field(5, external(weights('location', 'x'))))))),
  ],
  [
    'weights elsewhere in a list of an attribute',
    model(graph(node('C', '', field(5, field(10, external(weights('location', 'x'))))))),
  ],
  [
    'weights elsewhere in a graph of an attribute',
    model(graph(node('If', '', field(5, field(11, field(5, external(weights('location', 'x')))))))),
  ],
  [
    'weights elsewhere in a function',
    model(
      graph(),
      field(
        25,
        message(field(1, 'f'), field(10, 'd'), field(7, field(5, field(5, external(weights('location', 'x')))))),
      ),
    ),
  ],
  [
    'weights elsewhere in a default of a function',
    model(
      graph(),
      field(25, message(field(1, 'f'), field(10, 'd'), field(11, field(5, external(weights('location', 'x')))))),
    ),
  ],
  [
    'weights elsewhere in the training',
    model(graph(), field(20, field(1, field(5, external(weights('location', 'x')))))),
  ],
  ['weights elsewhere in the second graph', model(graph(), graph(field(5, external(weights('location', 'x')))))],
  ['a domain with NUL', model(graph(node('Relu', 'ai.onnx\0x')))],
  ['a domain in capital letters', model(graph(node('Relu', 'AI.ONNX')))],
  [
    'a domain that is no UTF-8',
    model(graph(node('Relu', 'x').subarray(0), field(1, message(field(4, 'Relu'), field(7, Buffer.from([0xff])))))),
  ],
  ['a domain given twice', model(graph(node('Relu', '', field(7, 'com.evil'))))],
  [
    'an operator of a domain that only others are defined in',
    model(opset('d'), graph(node('g', 'd')), field(25, message(field(1, 'f'), field(10, 'd')))),
  ],
  [
    'a custom operator behind more than ten thousand that are defined',
    model(
      opset('d'),
      field(25, message(field(1, 'f'), field(10, 'd'))),
      graph(...many(10_001, () => node('f', 'd')), node('g', 'd')),
    ),
  ],
  [
    'as many domains as operators in one node',
    model(graph(field(1, message(...many(40_000, () => field(4, 'o')), ...many(40_000, () => field(7, 'd')))))),
  ],
  [
    'functions with names that fill memory',
    model(graph(), ...many(6000, (index) => field(25, message(field(1, String(index).padEnd(4000)), field(10, 'd'))))),
  ],
  [
    'a function that stands for an operator',
    model(graph(node('Relu')), field(25, message(field(1, 'Relu'), field(10, '')))),
  ],
  ['a group', Buffer.concat([model(graph()), Buffer.from([0x0b, 0x0c])])],
  ['a number of eleven bytes', Buffer.concat([model(graph()), Buffer.from([0x28, ...many(11, () => 0x80), 0])])],
  ['a field of an unknown number', model(graph(), field(900, SHELL))],
  [
    'graphs in one another',
    model(graph(many(70, () => 0).reduce<Buffer>((inner) => node('If', '', field(5, field(6, inner))), node('Relu')))),
  ],
  ['a length past the end', Buffer.concat([model(graph()), Buffer.from([0x3a, 0x7f])])],
  // GGUF
  ['version 1', ggufOf({ version: 1 })],
  ['a version that is none yet', ggufOf({ version: 4 })],
  ['a template by another name', ggufOf({ keys: key('tokenizer.chat_template.tool_use', 8, text(EVIL)) })],
  ['a template in a list', ggufOf({ keys: key('tokenizer.chat_templates', 9, list(8, 1, text(EVIL))) })],
  [
    'a template in a list of lists',
    ggufOf({ keys: key('tokenizer.chat_template', 9, list(9, 1, list(8, 1, text(EVIL)))) }),
  ],
  ['a template under a key with NUL', ggufOf({ keys: key('tokenizer.chat_template\0', 8, text(EVIL)) })],
  [
    'a template in the other order of bytes',
    ggufOf({ big: true, keys: key('tokenizer.chat_template', 8, text(EVIL, true)) }),
  ],
  ['two templates', ggufOf({ keys: [...template('a'), ...template(EVIL)] })],
  ['an alignment of 0', ggufOf({ keys: key('general.alignment', 4, number(0, 4, false)) })],
  ['an alignment of 33', ggufOf({ keys: key('general.alignment', 4, number(33, 4, false)) })],
  ['an alignment of 2³¹', ggufOf({ keys: key('general.alignment', 4, number(2 ** 31, 4, false)) })],
  ['an alignment of another type', ggufOf({ keys: key('general.alignment', 10, number(32, 8, false)) })],
  ['a list of 2⁶⁰ numbers', ggufOf({ keys: key('a', 9, list(4, 2 ** 52)) })],
  [
    'lists in lists',
    ggufOf({
      keys: key(
        'a',
        9,
        many(9, () => 0).reduce<Buffer>((inner) => list(9, 1, inner), list(0, 0)),
      ),
    }),
  ],
  ['more keys than there are', ggufOf({ keyCount: 9 })],
  ['more keys than there can be', ggufOf({ keyCount: 2 ** 40 })],
  ['a type of value that is none', ggufOf({ keys: key('a', 13, Buffer.alloc(8)) })],
  ['a bool that is 2', ggufOf({ keys: key('a', 7, Buffer.from([2])) })],
  ['five dimensions', ggufOf({ tensors: [{ shape: [1, 1, 1, 1, 1] }] })],
  ['a shape of tensors that overflows', ggufOf({ tensors: [{ shape: [2 ** 40, 2 ** 40] }] })],
  ['a tensor past the end', ggufOf({ tensors: [{ shape: [8000] }] })],
  ['an offset past the end', ggufOf({ tensors: [{ offset: 2 ** 40 }] })],
  ['two tensors of one place', ggufOf({ tensors: [{ name: 'a' }, { name: 'b' }] })],
  ['two tensors of one name', ggufOf({ tensors: [{}, { offset: 32 }], data: Buffer.alloc(64) })],
  [
    'keys that fill memory',
    ggufOf({ keys: many(300, (index) => [String(index).padEnd(60_000), 0, Buffer.alloc(1)] as const) }),
  ],
  ['a pickle behind the tensors', ggufOf({ tensors: [{}], data: Buffer.concat([Buffer.alloc(32), SHELL]) })],
  // HDF5, also within others
  [
    'HDF5 within tensors',
    changed(safetensorsOf({ a: tensor('U8', [4088], 0, 4088) }, 4088), (copy) =>
      behind(Buffer.alloc(0)).subarray(512).copy(copy, 512),
    ),
  ],
  ['HDF5 within an array', npy(described("'|u1'", '(2000,)').padEnd(118), behind(Buffer.alloc(0)).subarray(128))],
  ['HDF5 within a pickle', pickleOf(proto(4), binary(behind(Buffer.alloc(0)).subarray(7)), '.')],
  ['HDF5 at byte 1024', behind(Buffer.from('GGUF'), 1024)],
  ['HDF5 at byte 4096 behind text', behind(Buffer.from('text\n'), 4096)],
  ['an object of a hundred thousand messages', fileWith([Buffer.alloc(8 * 100_000)])],
  ['a group of tables that overlap', overlapping()],
  ['a dataset past the end', fileWith([hdf5Message(0x08, join(Buffer.from([3, 1]), u64(96), u64(2 ** 40)))])],
  ['a message that is not known', fileWith([hdf5Message(0x19, Buffer.alloc(8))])],
  ['a shared message', fileWith([hdf5Message(0x0c, Buffer.alloc(16), 2)])],
  // The rest
  ['a SavedModel of a custom operator', savedModelOf({ nodes: [tensorflow('a', 'Evil')] })],
  ['a model of CatBoost', Buffer.from('CBM1\x10\0\0\0')],
  ['a model of ONNX Runtime', Buffer.from('\x10\0\0\0ORTM\0\0\0\0')],
  ['a model of PyTorch for phones', Buffer.from('\x10\0\0\0PTMF\0\0\0\0')],
  ['parameters of MXNet', Buffer.from('\x12\x01\0\0\0\0\0\0\0\0')],
  ['data of MATLAB', Buffer.from(`MATLAB 5.0 MAT-file${'\0'.repeat(120)}`)],
  ['PMML', Buffer.from('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><PMML>&x;</PMML>')],
])('%s is held', expectHeld);

/** A group whose parts lie in one another and list the same bytes again. */
function overlapping(): Buffer {
  const table = (tree: number): Buffer => hdf5Message(0x11, join(u64(tree), u64(0)));
  const tree = 96 + header(table(0)).length;
  const count = 400;
  const first = tree + 24 + 16 * count;
  const children = many(count, (index) => join(u64(0), u64(first + 8 * index)));
  const start = join('TREE\0\0', u16(count), u64(2 ** 53), u64(2 ** 53), ...children);
  return fileWith(
    [table(tree)],
    join(start, ...many(count, () => join('SNOD\x01\0', u16(8000))), Buffer.alloc(330_000)),
  );
}

test.each<[string, Uint8Array | undefined]>([
  ['a dataset of HDF5', fileWith([CONTIGUOUS])],
  ['numbers of NumPy', npy(described("'<f8'"), Buffer.alloc(8))],
  ['weights of ONNX inside', model(graph(node('Relu'), field(5, field(9, Buffer.alloc(64)))))],
  ['a word that old joblib begins with', Buffer.from('ZF is a maker of gearboxes, founded in 1915\n')],
  ['a text about a model', Buffer.from('binf and CBM1 are how such files begin\n')],
  ['tensors', WHOLE.gguf?.[0]],
])('%s is clean', (name, bytes) => {
  expect(scanFiles([fileOf(name, bytes ?? SHELL)])).toMatchObject({ verdict: 'clean', findings: [] });
});

import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { scanFiles } from '../../../../core/verification/scan.ts';
import { pickleOf, proto } from '../assembler.ts';
import { field, fileOf, graph, model, node, type ZipEntry, zipOf } from '../samples.ts';
import { liteOf } from '../tflite-file.ts';
import { PNG } from '../whole-files.ts';
import { changed, expectHeld, SHELL } from './held.ts';

const hello: ZipEntry = { name: 'a.txt', content: 'hello' };
const small = zipOf([hello]);
const END = small.length - 22;
const CENTRAL = small.readUInt32LE(END + 16);
const evil = zipOf([{ name: 'config.json', content: SHELL }]);
const evilEnd = evil.length - 22;
const end = (change: (copy: Buffer) => void): Buffer => changed(small, (copy) => change(copy.subarray(END)));
const central = (change: (copy: Buffer) => void): Buffer => changed(small, (copy) => change(copy.subarray(CENTRAL)));

/** An entry of the directory with an extra field, or a comment of its own. */
function withExtra(extra: Uint8Array, comment = ''): Buffer {
  const [before, entry, after] = [small.subarray(0, CENTRAL), small.subarray(CENTRAL, END), small.subarray(END)];
  const longer = changed(entry, (copy) => {
    copy.writeUInt16LE(extra.length, 30);
    copy.writeUInt16LE(comment.length, 32);
  });
  const size = longer.length + extra.length + comment.length;
  return Buffer.concat([
    before,
    longer,
    extra,
    Buffer.from(comment),
    changed(after, (copy) => copy.writeUInt32LE(size, 12)),
  ]);
}
/** Info-ZIP's second name. */
const secondName = (name: string): Buffer =>
  changed(Buffer.concat([Buffer.alloc(9), Buffer.from(name)]), (copy) => {
    copy.writeUInt16LE(0x7075, 0);
    copy.writeUInt16LE(copy.length - 4, 2);
    copy[4] = 1;
  });
/** The archive behind another file, with a comment that goes on for `rest` bytes and says that it has `said`. */
function behind(before: Uint8Array, rest: number, said: number): Buffer {
  const archive = changed(evil, (copy) => copy.writeUInt16LE(said, evilEnd + 20));
  return Buffer.concat([before, archive, Buffer.alloc(rest, 'x')]);
}
/** A model of ONNX whose documentation is an archive to Python, which goes on to the end of the file. */
function documented(rest: number, said: number): Buffer {
  return model(graph(node('Relu')), field(6, behind(Buffer.alloc(0), rest, said)));
}
const checkpoint = (...more: ZipEntry[]): Buffer =>
  zipOf([{ name: 'a/data.pkl', content: pickleOf(proto(2), '}.') }, { name: 'a/version', content: '3\n' }, ...more]);
/** A tensor of `bytes` as PyTorch's pickle names it. */
const tensorOf = (key: string, bytes: number): Buffer =>
  pickleOf(
    proto(2),
    '(X\x07\0\0\0storagectorch\nByteStorage\n',
    `X${String.fromCharCode(key.length)}\0\0\0${key}`,
    'X\x03\0\0\0cpu',
    `K${String.fromCharCode(bytes)}tQ.`,
  );
const objects = Buffer.concat([
  Buffer.from("\x93NUMPY\x01\0\x40\0{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".padEnd(74), 'latin1'),
  SHELL,
]);

test.each<[string, Buffer]>([
  ['a comment as long as it can be behind a model of TensorFlow Lite', behind(liteOf(), 65_535, 65_535)],
  ['a comment that says more than there is behind one', behind(liteOf(), 0, 65_535)],
  ['a comment that is cut behind one', behind(liteOf(), 100, 40_000)],
  ['the same in the documentation of ONNX', documented(0, 65_535)],
  ['the longest comment in the documentation of ONNX', documented(65_535, 65_535)],
  ['behind an image', behind(PNG, 0, 9)],
  ['behind text', behind(Buffer.from('a text\n'), 0, 9)],
  ['two archives joined', Buffer.concat([small, evil])],
  ['two archives joined, the hostile one first', Buffer.concat([evil, small])],
  ['an end within a comment', zipOf([hello], `PK\x05\x06${'\0'.repeat(18)}`)],
  ['an end that is in another part', end((at) => at.writeUInt16LE(1, 4))],
  ['a directory that is in another part', end((at) => at.writeUInt16LE(1, 6))],
  ['fewer entries than there are', end((at) => at.writeUInt32LE(0x1_0001 * 0, 8))],
  ['more entries than there are', end((at) => at.writeUInt32LE(0x1_0001 * 2, 8))],
  ['other entries on this disk than in all', end((at) => at.writeUInt16LE(2, 8))],
  ['a directory that begins too late', end((at) => at.writeUInt32LE(CENTRAL + 1, 16))],
  ['a directory that begins at 0', end((at) => at.writeUInt32LE(0, 16))],
  ['a directory that is too long', end((at) => at.writeUInt32LE(END, 12))],
  ['a directory of 4 GiB', end((at) => at.writeUInt32LE(0xffffffff, 12))],
  ['zip64 without its end', end((at) => at.writeUInt16LE(0xffff, 10))],
  [
    'a locator of zip64 that leads nowhere',
    Buffer.concat([small.subarray(0, END), Buffer.from('PK\x06\x07'), Buffer.alloc(16, 1), small.subarray(END)]),
  ],
  ['a size of zip64 without its field', central((at) => at.writeUInt32LE(0xffffffff, 24))],
  ['a place past the end', central((at) => at.writeUInt32LE(0xfffffffe, 42))],
  ['a place in the directory', central((at) => at.writeUInt32LE(CENTRAL, 42))],
  ['another method in the directory', central((at) => at.writeUInt16LE(8, 10))],
  ['other flags in the directory', central((at) => at.writeUInt16LE(0x800, 8))],
  ['strong encryption', central((at) => at.writeUInt16LE(0x40, 8))],
  ['a hidden directory', central((at) => at.writeUInt16LE(0x2000, 8))],
  ['another checksum in the directory', central((at) => at.writeUInt32LE(1, 16))],
  ['another size in the directory', central((at) => at.writeUInt32LE(4, 20))],
  ['a name that goes past the directory', central((at) => at.writeUInt16LE(60_000, 28))],
  ['a comment of the entry that goes past it', central((at) => at.writeUInt16LE(60_000, 32))],
  ['another name in the directory', central((at) => at.write('b', 46))],
  ['a second name', withExtra(secondName('data.pkl'))],
  ['a second name that leaves the folder', withExtra(secondName('../../x'))],
  ['a second name behind other fields', withExtra(Buffer.concat([Buffer.from([1, 2, 1, 0, 9]), secondName('b')]))],
  ['a folder with content', zipOf([hello, { name: 'd/', content: deflateRawSync(SHELL), method: 8, declaredSize: 0 }])],
  ['a folder with stored content', zipOf([hello, { name: 'd/', content: SHELL }])],
  ['a name with NUL', zipOf([{ name: 'a.txt\0.pkl', content: 'x' }])],
  ['a name with a backslash', zipOf([{ name: 'a\\..\\b', content: 'x' }])],
  ['a name with a drive', zipOf([{ name: 'C:x', content: 'x' }])],
  ['a name with a stream', zipOf([{ name: 'x:y', content: 'x' }])],
  ['a name of points', zipOf([{ name: 'a/./b', content: 'x' }])],
  ['an empty name', zipOf([{ name: '', content: 'x' }])],
  ['a name with two slashes', zipOf([{ name: 'a//b', content: 'x' }])],
  ['a name into a repository', zipOf([{ name: '.git/hooks/x', content: 'x' }])],
  [
    'names in two forms of Unicode',
    zipOf([
      { name: 'e\u0301', content: 'x' },
      { name: '\u00e9', content: 'y' },
    ]),
  ],
  [
    'names in letters that fold',
    zipOf([
      { name: '\u212a', content: 'x' },
      { name: 'k', content: 'y' },
    ]),
  ],
  ['a symbolic link', zipOf([{ name: 'l', content: '/etc/passwd', unixMode: 0o120777 }])],
  ['bzip2', zipOf([{ name: 'a', content: 'x', method: 12 }])],
  ['Zstandard', zipOf([{ name: 'a', content: 'x', method: 93 }])],
  ['deflate64', zipOf([{ name: 'a', content: 'x', method: 9 }])],
  [
    'a stream that ends early',
    zipOf([{ name: 'a', content: deflateRawSync('text'.repeat(90)).subarray(0, -3), method: 8 }]),
  ],
  [
    'data behind a stream',
    zipOf([{ name: 'a', content: Buffer.concat([deflateRawSync('x'), SHELL]), method: 8, declaredSize: 1 }]),
  ],
  ['a stream of another size', zipOf([{ name: 'a', content: deflateRawSync('xx'), method: 8, declaredSize: 1 }])],
  [
    'a config.json twice',
    zipOf([
      { name: 'config.json', content: '{}' },
      { name: 'config.json', content: '{"a": 1}' },
    ]),
  ],
  ['a pickle beside a checkpoint', checkpoint({ name: 'a/extra.pkl', content: SHELL })],
  ['a second checkpoint', checkpoint({ name: 'b/data.pkl', content: SHELL }, { name: 'b/version', content: '3' })],
  [
    'a checkpoint in a folder deeper',
    zipOf([
      { name: 'a/b/data.pkl', content: SHELL },
      { name: 'a/b/version', content: '3' },
    ]),
  ],
  [
    'a pickle of a checkpoint by its first version',
    zipOf([
      { name: 'a/data.pkl', content: SHELL },
      { name: 'a/.data/version', content: '3' },
    ]),
  ],
  ['a program in capital letters', checkpoint({ name: 'a/CONSTANTS.PKL', content: pickleOf(proto(2), ').') })],
  ['code in capital letters', checkpoint({ name: 'a/CODE/__TORCH__.TXT', content: 'words' })],
  ['a program of the mobile interpreter', checkpoint({ name: 'a/bytecode.pkl', content: SHELL })],
  ['two pickles that differ in case', checkpoint({ name: 'a/DATA.PKL', content: SHELL })],
  ['a tensor that nothing names', checkpoint({ name: 'a/data/0', content: SHELL })],
  [
    'a tensor of another size',
    zipOf([
      { name: 'a/data.pkl', content: tensorOf('0', 5) },
      { name: 'a/version', content: '3' },
      { name: 'a/data/0', content: 'four' },
    ]),
  ],
  [
    'a tensor that NumPy reads as objects',
    zipOf([
      { name: 'a/data.pkl', content: tensorOf('0', objects.length) },
      { name: 'a/version', content: '3' },
      { name: 'a/data/0', content: objects },
    ]),
  ],
  ['objects in an archive of NumPy', zipOf([{ name: 'w.npy', content: objects }])],
  ['objects under a name without its suffix', zipOf([{ name: 'w', content: objects }])],
])('%s is held', expectHeld);

test.each<[string, Buffer]>([
  ['an archive with the name given twice alike', withExtra(secondName('a.txt'))],
  [
    'an archive with a folder',
    zipOf([
      { name: 'd/', content: '' },
      { name: 'd/a.txt', content: 'x' },
    ]),
  ],
  [
    'a checkpoint with a tensor',
    zipOf([
      { name: 'a/data.pkl', content: tensorOf('0', 4) },
      { name: 'a/version', content: '3' },
      { name: 'a/data/0', content: 'four' },
    ]),
  ],
  [
    'a model that mentions the end of an archive',
    model(graph(node('Relu')), field(6, `PK\x05\x06${'\0'.repeat(16)}\xff\xff`)),
  ],
])('%s is clean', (name, bytes) => {
  expect(scanFiles([fileOf(name, bytes)]).findings).toEqual([]);
});

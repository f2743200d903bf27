import { expect, test } from 'vitest';
import { scanFiles } from '../../../../core/verification/scan.ts';
import { field, fileOf, graph, model, node } from '../samples.ts';
import { memberOf, pax, tarOf } from '../tar-file.ts';
import { safetensorsOf, tensor } from '../tensors.ts';
import { changed, expectHeld, SHELL } from './held.ts';

/** Writes the checksum anew after a change of the first header. */
function summed(bytes: Uint8Array, change: (copy: Buffer) => void, sum = (value: number) => value): Buffer {
  return changed(bytes, (copy) => {
    change(copy);
    copy.write('        ', 148);
    const right = copy.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    copy.write(`${sum(right).toString(8).padStart(6, '0')}\0 `, 148);
  });
}
/** As before POSIX: without a mark, so that anything can be in its place. */
const unmarked = (copy: Buffer): void => {
  copy.fill(0, 257, 265);
};
const small = tarOf({ name: 'pickle', content: SHELL });
const plain = tarOf({ name: 'a', content: 'x' });
const old = summed(small, unmarked);
/** A tar of Python's from the first byte of another file, whose first name is that file's begin. */
function behind(start: Uint8Array): Buffer {
  return summed(Buffer.concat([old]), (copy) => {
    copy.fill(0, 0, 100);
    copy.set(start);
  });
}
/** Three headers of GNU and pax for one member. */
const longName = { name: '././@LongLink', type: 'L', content: 'evil\0' };
const record = (...records: readonly string[]) => ({ name: 'p', type: 'x', content: pax(...records) });

const documentation = (): Buffer => {
  // The documentation of the model goes on to the end, and its first bytes are the name of the tar.
  const rest = model(graph(node('Relu')));
  const inner = behind(Buffer.from([0x32, 0x80, 0x10]));
  return Buffer.concat([inner.subarray(0, 3), inner.subarray(3, 3 + 2048), rest]);
};
/** The header lies in the padding of the JSON, its name is the length of it. */
const inTensors = (): Buffer => {
  const header = JSON.stringify({ a: tensor('U8', [4096], 0, 4096) });
  const bytes = safetensorsOf(header.padEnd(122), 4096);
  return summed(bytes, (copy) => {
    copy.write('0000644\0', 130, 0);
    copy.write('00000000000\0', 136);
    copy[156] = 0x30;
  });
};

test.each<[string, Buffer]>([
  ['an old tar', old],
  [
    'an old tar with a checksum of signed bytes',
    summed(
      small,
      (copy) => {
        unmarked(copy);
        copy[300] = 0xff;
      },
      (sum) => sum - 256,
    ),
  ],
  [
    'an old tar with a checksum in binary',
    changed(summed(small, unmarked), (copy) => {
      const sum = Number.parseInt(copy.toString('latin1', 148, 154), 8);
      copy.fill(0, 148, 156);
      copy[148] = 0x80;
      copy.writeUInt32BE(sum, 152);
    }),
  ],
  ['one that begins like a model of ONNX', behind(Buffer.from([0x08, 0x09, 0x12, 0x02]))],
  ['one that begins like GGUF', behind(Buffer.from('GGUF\x03\0\0\0'))],
  ['one that begins like an image', behind(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))],
  ['one that begins like an array', behind(Buffer.from('\x93NUMPY\x01\0', 'latin1'))],
  ['one that begins like a pickle', behind(Buffer.from([0x80, 0x04]))],
  ['one that begins like gzip', behind(Buffer.from([0x1f, 0x8b]))],
  ['one that begins like a model of TensorFlow Lite', behind(Buffer.from('\x1c\0\0\0TFL3'))],
  ['one in the documentation of ONNX', documentation()],
  ['one whose first name is opcodes', summed(plain, (copy) => copy.write(`U0${'a'.repeat(48)}${SHELL.toString()}`, 0))],
  [
    'opcodes behind the end of a name',
    summed(plain, (copy) => copy.write(`U0a\0${'a'.repeat(46)}${SHELL.toString()}`, 0)),
  ],
  ['bytes behind the end of a name', summed(plain, (copy) => copy.write('x', 50))],
  ['bytes behind a member', changed(plain, (copy) => copy.set(SHELL, 513))],
  ['the name of a link without a link', summed(plain, (copy) => copy.write('x', 157))],
  ['bytes behind the name of an owner', summed(plain, (copy) => copy.write('a\0b', 265))],
  ['bytes behind the name of a group', summed(plain, (copy) => copy.write('a\0b', 297))],
  [
    'a prefix that leaves the folder under the mark of GNU',
    summed(plain, (copy) => {
      copy.write('ustar  \0', 257);
      copy.write('../../etc', 345);
    }),
  ],
  [
    'an absolute prefix under the mark of GNU',
    summed(plain, (copy) => {
      copy.write('ustar  \0', 257);
      copy.write('/etc', 345);
    }),
  ],
  ['a size of pax that another header would take', tarOf(record('size=1024'), longName, { name: 'n', content: SHELL })],
  ['two names of pax for one member', tarOf(record('path=one'), record('path=two'), { name: 'n', content: 'x' })],
  ['a name of pax and one of GNU', tarOf(record('path=one'), longName, { name: 'n', content: 'x' })],
  ['a name of GNU and one of pax', tarOf(longName, record('path=one'), { name: 'n', content: 'x' })],
  ['two sizes of pax', tarOf(record('size=001'), record('size=001'), { name: 'n', content: 'x' })],
  ['a size of pax below zero', tarOf(record('size=-01'), { name: 'n', content: 'x' })],
  ['a size of pax in other digits', tarOf(record('size=\u0661'), { name: 'n', content: 'x' })],
  ['a size of pax past the end', tarOf(record('size=99999999'), { name: 'n', content: 'x' })],
  [
    'a path of pax for all members',
    tarOf({ name: 'g', type: 'g', content: pax('path=abc') }, { name: 'n', content: 'x' }),
  ],
  ['sparse data by a name of pax', tarOf(record('GNU.sparse.name=abc'), { name: 'n', content: 'x' })],
  [
    'a pax record without a value',
    tarOf({ name: 'p', type: 'x', content: '9 path\n\n\n' }, { name: 'n', content: 'x' }),
  ],
  ['a header of Solaris', tarOf({ name: 'p', type: 'X', content: pax('path=../x') }, { name: 'n', content: 'x' })],
  ['a name of a volume', tarOf({ name: 'v', type: 'V' }, { name: 'n', content: 'x' })],
  ['a folder of GNU', tarOf({ name: 'v', type: 'D', content: 'Ya\0\0' }, { name: 'n', content: 'x' })],
  ['a part of another volume', tarOf({ name: 'v', type: 'M', content: 'x' })],
  ['a contiguous file', tarOf({ name: 'v', type: '7', content: 'x' })],
  ['a device', tarOf({ name: 'v', type: '3' })],
  ['a link that has content', tarOf({ name: 'l', type: '2', content: SHELL })],
  ['a hard link that has content', tarOf({ name: 'l', type: '1', content: SHELL })],
  ['a folder that has content', tarOf({ name: 'd', type: '5', content: SHELL })],
  ['a name that ends as a folder', tarOf({ name: 'd/', content: SHELL })],
  ['a size without digits', tarOf({ name: 'a', size: '           ' })],
  ['a size of base 16', tarOf({ name: 'a', size: '0x000000001' })],
  ['a size with an underscore', tarOf({ name: 'a', size: '0000000_001' })],
  ['two archives one after the other', Buffer.concat([plain, small])],
  ['one block of zeros at the end', plain.subarray(0, -512)],
  ['an archive without an end', plain.subarray(0, -1024)],
  ['a member behind the end', Buffer.concat([plain, memberOf({ name: 'b', content: SHELL })])],
  [
    'the members of an old checkpoint',
    tarOf(
      { name: 'sys_info', content: '}.' },
      { name: 'pickle', content: SHELL },
      { name: 'storages', content: 'K\0.' },
      { name: 'tensors', content: 'K\0.' },
    ),
  ],
])('%s is held', expectHeld);

test('a model that is data to all readers, in the padding of which a tar begins, is judged by what is in the tar', () => {
  const { verdict } = scanFiles([fileOf('model.safetensors', inTensors())]);
  expect(verdict).not.toBe('clean');
});

test.each<[string, Buffer]>([
  ['a name and a size of pax', tarOf(record('path=one', 'size=1'), { name: 'n', content: 'x' })],
  [
    'times where POSIX has the prefix',
    summed(plain, (copy) => {
      copy.write('ustar  \0', 257);
      copy.write('14000000000 14000000000 ', 345);
    }),
  ],
  [
    'the names of an owner and a group',
    summed(plain, (copy) => {
      copy.write('root', 265);
      copy.write('wheel', 297);
    }),
  ],
])('%s are clean', (name, bytes) => {
  expect(scanFiles([fileOf(name, bytes)])).toMatchObject({ verdict: 'clean', findings: [] });
});

test('documentation that is text stays documentation', () => {
  expect(scanFiles([fileOf('model.onnx', model(graph(node('Relu')), field(6, 'ustar')))]).verdict).toBe('clean');
});

import { expect, test } from 'vitest';
import { textLayoutOf } from '../../../core/verification/hdf5/datatype.ts';

/** The head of a datatype message: class and version, bits, and bytes of an element. */
function head(kind: number, version: number, bits: number, size: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt8(kind + 16 * version, 0);
  bytes.writeUIntLE(bits, 1, 3);
  bytes.writeUInt32LE(size, 4);
  return bytes;
}

const number = Buffer.concat([head(0, 1, 0, 4), Buffer.alloc(4)]);
const text = (size: number): Buffer => head(3, 1, 0, size);
const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
/** A member as the first and as the third version of records has it. */
const first = (name: string, at: number, type: Buffer, sizes: readonly number[] = []): Buffer =>
  Buffer.concat([
    Buffer.from(name.padEnd(8, '\0')),
    word(at),
    Buffer.from([sizes.length, 0, 0, 0]),
    Buffer.alloc(8),
    ...[0, 1, 2, 3].map((index) => word(sizes[index] ?? 0)),
    type,
  ]);
const third = (name: string, at: number, type: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${name}\0`), Buffer.from([at]), type]);
const record = (version: number, size: number, ...members: readonly Buffer[]): Buffer =>
  Buffer.concat([head(6, version, members.length, size), ...members]);
const fields = (type: Buffer) => textLayoutOf(type, 0).fields.map(({ kind, at, width }) => [kind, at, width]);

test.each<[string, Buffer, readonly (readonly [string, number, number])[]]>([
  ['a number', number, []],
  ['a text', text(40), [['fixed', 0, 40]]],
  ['bytes of no type, with a tag', Buffer.concat([head(5, 1, 8, 12), Buffer.alloc(8)]), [['fixed', 0, 12]]],
  [
    'a record of the first version',
    record(1, 44, first('id', 0, number), first('name', 4, text(40))),
    [['fixed', 4, 40]],
  ],
  [
    'its array',
    record(1, 44, first('id', 0, number), first('name', 4, text(20), [2])),
    [
      ['fixed', 4, 20],
      ['fixed', 24, 20],
    ],
  ],
  [
    'a record of the third version',
    record(3, 44, third('id', 0, number), third('name', 4, text(40))),
    [['fixed', 4, 40]],
  ],
  [
    'a record in a record',
    record(3, 50, third('in', 6, record(3, 44, third('id', 0, number), third('name', 4, text(40))))),
    [['fixed', 10, 40]],
  ],
  [
    'a text behind an enumeration',
    record(
      3,
      44,
      third('kind', 0, Buffer.concat([head(8, 3, 2, 4), number, Buffer.from('A\0B\0'), word(0), word(1)])),
      third('name', 4, text(40)),
    ),
    [['fixed', 4, 40]],
  ],
  ['a text of variable length', Buffer.concat([head(9, 1, 1, 16), text(1)]), [['variable', 0, 16]]],
  ['a sequence of numbers', Buffer.concat([head(9, 1, 0, 16), number]), []],
  ['a sequence of texts', Buffer.concat([head(9, 1, 0, 16), text(40)]), [['variable', 0, 16]]],
  [
    'an array of texts',
    Buffer.concat([head(10, 3, 0, 80), Buffer.from([1]), word(2), text(40)]),
    [
      ['fixed', 0, 40],
      ['fixed', 40, 40],
    ],
  ],
])('texts lie in %s where they do', (_, type, expected) => {
  expect(fields(type)).toEqual(expected);
});

test('a sequence of texts counts by the text', () => {
  expect(textLayoutOf(Buffer.concat([head(9, 1, 0, 16), text(40)]), 0).fields).toMatchObject([{ unit: 40 }]);
});

test.each([
  ['a record that is cut', record(3, 44, third('id', 0, number), third('name', 4, text(40))).subarray(0, -4), 'cut'],
  ['a name without an end', record(3, 44, Buffer.from('abc')), 'cut'],
  ['a text outside of its record', record(3, 20, third('name', 4, text(40))), 'not in its record'],
  ['an unknown class', head(13, 1, 0, 4), 'unknown class'],
  [
    'arrays in arrays without end',
    Buffer.concat([...Array.from({ length: 20 }, () => Buffer.concat([head(10, 3, 0, 4), Buffer.from([0])])), number]),
    'too deeply',
  ],
  ['a record of millions of texts', record(1, 2 ** 31, first('name', 0, text(1), [2 ** 24])), 'too many'],
])('%s is refused', (_, type, message) => {
  expect(() => textLayoutOf(type, 0)).toThrow(message);
});

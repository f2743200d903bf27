import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scanFiles } from '../../../core/verification/scan.ts';
import { fileOf } from './samples.ts';

const scan = (bytes: Uint8Array) => scanFiles([fileOf('model', bytes)]);

function number(value: number, size: 4 | 8, big: boolean): Buffer {
  const bytes = Buffer.alloc(size);
  if (size === 8) bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
  else bytes.writeUInt32LE(value);
  return big ? bytes.reverse() : bytes;
}

interface Tensor {
  readonly name?: string;
  readonly shape?: readonly number[];
  readonly type?: number;
  readonly offset?: number;
}

interface Parts {
  readonly keys?: readonly (readonly [name: string, type: number, value: Uint8Array])[];
  readonly tensors?: readonly Tensor[];
  readonly data?: Uint8Array;
  readonly version?: number;
  readonly big?: boolean;
  readonly keyCount?: number;
  readonly padding?: number;
}

const text = (value: string, big = false): Buffer =>
  Buffer.concat([number(Buffer.byteLength(value), 8, big), Buffer.from(value)]);

/** A GGUF file, aligned to 32 bytes. */
function ggufOf({ keys = [], tensors = [], data, version = 3, big = false, keyCount, padding = 0 }: Parts): Buffer {
  const u32 = (value: number): Buffer => number(value, 4, big);
  const u64 = (value: number): Buffer => number(value, 8, big);
  const header = Buffer.concat([
    Buffer.from('GGUF'),
    u32(version),
    u64(tensors.length),
    u64(keyCount ?? keys.length),
    ...keys.flatMap(([name, type, value]) => [text(name, big), u32(type), value]),
    ...tensors.flatMap(({ name = 't', shape = [8], type = 0, offset = 0 }) => [
      text(name, big),
      u32(shape.length),
      ...shape.map(u64),
      u32(type),
      u64(offset),
    ]),
  ]);
  if (tensors.length === 0) return Buffer.concat([header, data ?? Buffer.alloc(0)]);
  return Buffer.concat([header, Buffer.alloc((32 - (header.length % 32)) % 32, padding), data ?? Buffer.alloc(32)]);
}

const template = (value: string) => [['tokenizer.chat_template', 8, text(value)]] as const;
const list = (type: number, count: number, ...items: Uint8Array[]): Buffer =>
  Buffer.concat([number(type, 4, false), number(count, 8, false), ...items]);
const small = ggufOf({
  keys: [['general.name', 8, text('a')], ...template("{{ messages[0]['content'] }}")],
  tensors: [{}],
});

test.each<[string, Buffer]>([
  ['a template and a tensor', small],
  ['version 2', ggufOf({ version: 2, tensors: [{}] })],
  ['the other order of bytes', ggufOf({ big: true, keys: [['a', 8, text('b', true)]], tensors: [{}] })],
  ['keys alone', ggufOf({ keys: [['a', 7, Buffer.from([1])]] })],
  ['a list of texts', ggufOf({ keys: [['a', 9, list(8, 2, text('x'), text('y'))]] })],
  ['a list in a list', ggufOf({ keys: [['a', 9, list(9, 1, list(4, 1, Buffer.alloc(4)))]] })],
  ['blocks', ggufOf({ tensors: [{ shape: [256, 2], type: 12 }], data: Buffer.alloc(288) })],
  [
    'two tensors with zeros between',
    ggufOf({ tensors: [{ name: 'b', shape: [2], offset: 32 }, { shape: [3] }], data: Buffer.alloc(64) }),
  ],
  ['a tensor that is not padded', ggufOf({ tensors: [{ shape: [3] }], data: Buffer.alloc(12) })],
])('of %s is clean', (_, bytes) => {
  expect(scan(bytes)).toMatchObject({ verdict: 'clean', files: [{ format: 'gguf' }] });
});

test.each<[string, Buffer, string]>([
  [
    'a template that runs code',
    ggufOf({ keys: template("{{ cycler.__init__.__globals__.os.popen('id') }}") }),
    'chat-template',
  ],
  [
    'another template that does',
    ggufOf({ keys: [['tokenizer.chat_template.tool_use', 8, text("{{ x|attr('y') }}")]] }),
    'chat-template',
  ],
  [
    'a template in a list',
    ggufOf({ keys: [['tokenizer.chat_templates', 9, list(8, 1, text("{{ x|attr('y') }}"))]] }),
    'chat-template',
  ],
  ['an unknown version', ggufOf({ version: 9 }), 'malformed'],
  ['more keys than bytes', ggufOf({ keyCount: 1000 }), 'malformed'],
  ['counts beyond all bounds', ggufOf({ keyCount: -1 }), 'malformed'],
  [
    'a key twice',
    ggufOf({
      keys: [
        ['a', 0, Buffer.alloc(1)],
        ['a', 0, Buffer.alloc(1)],
      ],
    }),
    'malformed',
  ],
  ['an unknown type of value', ggufOf({ keys: [['a', 13, Buffer.alloc(8)]] }), 'malformed'],
  ['a bool of 2', ggufOf({ keys: [['a', 7, Buffer.from([2])]] }), 'malformed'],
  ['a text past the end', ggufOf({ keys: [['a', 8, number(99, 8, false)]] }), 'malformed'],
  ['a list past the end', ggufOf({ keys: [['a', 9, list(4, 2 ** 52)]] }), 'malformed'],
  [
    'lists nested too deeply',
    ggufOf({ keys: [['a', 9, Buffer.concat(Array.from({ length: 50 }, () => list(9, 1)))]] }),
    'malformed',
  ],
  ['five dimensions', ggufOf({ tensors: [{ shape: [1, 1, 1, 1, 8] }] }), 'malformed'],
  ['an unknown type of tensor', ggufOf({ tensors: [{ type: 99 }] }), 'malformed'],
  ['half a block', ggufOf({ tensors: [{ shape: [16], type: 2 }] }), 'malformed'],
  ['a shape that overflows', ggufOf({ tensors: [{ shape: [2 ** 31, 2 ** 31, 0] }] }), 'malformed'],
  ['an offset that is not aligned', ggufOf({ tensors: [{ offset: 8 }], data: Buffer.alloc(64) }), 'malformed'],
  ['a tensor past the end', ggufOf({ tensors: [{ shape: [9] }] }), 'malformed'],
  [
    'an overlap',
    ggufOf({ tensors: [{ shape: [16] }, { name: 'b', offset: 32 }], data: Buffer.alloc(64) }),
    'malformed',
  ],
  ['a gap', ggufOf({ tensors: [{ offset: 32 }], data: Buffer.alloc(64) }), 'malformed'],
  ['a tensor twice', ggufOf({ tensors: [{}, { offset: 32 }], data: Buffer.alloc(64) }), 'malformed'],
  ['an alignment of 48', ggufOf({ keys: [['general.alignment', 4, number(48, 4, false)]] }), 'malformed'],
  ['an alignment of nothing', ggufOf({ keys: [['general.alignment', 4, number(0, 4, false)]] }), 'malformed'],
  ['data behind the tensors', Buffer.concat([small, Buffer.alloc(32)]), 'trailing-data'],
  ['data behind the keys', ggufOf({ data: Buffer.from('x') }), 'trailing-data'],
  ['data where zeros align', ggufOf({ tensors: [{}], padding: 65 }), 'trailing-data'],
])('with %s is a finding', (_, bytes, rule) => {
  const report = scan(bytes);
  expect(report).toMatchObject({ verdict: 'finding', files: [{ format: 'gguf' }] });
  expect(report.findings[0]?.rule).toBe(`gguf-${rule}`);
});

test('of version 1 is not scanned', () => {
  expect(scan(ggufOf({ version: 1 }))).toMatchObject({
    verdict: 'unscanned',
    files: [{ reason: 'unsupported_format' }],
  });
});

test('that is cut is never clean', () => {
  // Of up to four bytes it is text.
  for (let size = 5; size < small.length; size += 1)
    expect([size, scan(small.subarray(0, size)).verdict]).not.toEqual([size, 'clean']);
});

test('that is damaged ends in a verdict, and the scanner does not fail on it', () => {
  const change = fc.record({ at: fc.nat({ max: small.length - 1 }), byte: fc.nat({ max: 255 }) });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
      const bytes = Buffer.from(small);
      for (const { at, byte } of changes) bytes[at] = byte;
      expect(scan(bytes).files[0]?.reason).not.toBe('crashed');
    }),
    { numRuns: 500, seed: 7 },
  );
});

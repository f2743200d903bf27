import { describe, expect, test } from 'vitest';
import { BUILD, EMPTY_TUPLE, global, int32, NEWOBJ, type Part, pickleOf, proto, text } from './assembler.ts';
import { rulesOf } from './samples.ts';

const bytes = (content: Uint8Array): Part => pickleOf('B', int32(content.length), Buffer.from(content));
const buffer = (content: Uint8Array): Part =>
  pickleOf(global('pyarrow.lib', 'py_buffer'), global('builtins', 'bytearray'), bytes(content), '\x85R\x85R');
const type = (name: string): Part => pickleOf(global('pyarrow.lib', 'type_for_alias'), text(name), '\x85R');
const list = (...items: Part[]): Part => pickleOf('](', ...items, 'e');
const offsets = (...places: number[]): Uint8Array => new Uint8Array(new BigInt64Array(places.map(BigInt)).buffer);
const WORDS = Buffer.from('aé€');

interface Given {
  readonly type?: Part;
  readonly length?: number;
  readonly nulls?: number;
  readonly offset?: number;
  readonly buffers?: Part;
  readonly children?: Part;
  readonly dictionary?: Part;
}

/** Three texts, of one, two and three bytes. */
const array = (given: Given = {}): Part =>
  pickleOf(
    ...[global('pyarrow.lib', '_restore_array'), '(', given.type ?? type('large_string')],
    ...['J', int32(given.length ?? 3), 'J', int32(given.nulls ?? 0), 'J', int32(given.offset ?? 0)],
    given.buffers ?? list('N', buffer(offsets(0, 1, 3, 6)), buffer(WORDS)),
    ...[given.children ?? ']', given.dictionary ?? 'N', 't\x85R'],
  );

const rules = (...parts: Part[]): string[] => rulesOf(pickleOf(proto(4), ...parts, '.'));
const numbers = (given: Given): Part => array({ type: type('int64'), ...given });
const kept = (value: Part, ...more: Part[]): Part[] => [
  ...[global('pandas.arrays', 'ArrowStringArray'), EMPTY_TUPLE, NEWOBJ, '}(', text('_pa_array'), value],
  ...[...more, 'u', BUILD],
];

describe('an array whose buffers hold what it says is clean', () => {
  test.each<[string, Part[]]>([
    ['texts', [array()]],
    ['texts in an array of pandas', kept(array())],
    ['a slice', [array({ length: 2, offset: 1 })]],
    [
      'with nulls',
      [array({ nulls: 1, buffers: list(buffer(Uint8Array.of(5)), buffer(offsets(0, 1, 1, 6)), buffer(WORDS)) })],
    ],
    ['without entries', [array({ length: 0, buffers: list('N', 'N', 'N') })]],
    [
      'texts of offsets of four bytes',
      [
        array({
          type: type('string'),
          buffers: list('N', buffer(new Uint8Array(new Int32Array([0, 1, 3, 6]).buffer)), buffer(WORDS)),
        }),
      ],
    ],
    [
      'bytes that are no text',
      [
        array({
          type: type('large_binary'),
          buffers: list('N', buffer(offsets(0, 1, 2, 3)), buffer(Buffer.from('é€'))),
        }),
      ],
    ],
    ['numbers', [numbers({ length: 2, buffers: list('N', buffer(new Uint8Array(16))) })]],
    ['booleans', [array({ type: type('bool'), length: 9, buffers: list('N', buffer(new Uint8Array(2))) })]],
    ['of protocol 0', [array({ buffers: pickleOf('(l', 'Na', buffer(offsets(0, 1, 3, 6)), 'a', buffer(WORDS), 'a') })]],
    [
      'decimals',
      [
        array({
          type: pickleOf(global('pyarrow.lib', 'decimal128'), 'K\x05K\x02\x86R'),
          length: 1,
          buffers: list('N', buffer(new Uint8Array(16))),
        }),
      ],
    ],
    [
      'times of a zone',
      [
        array({
          type: pickleOf(global('pyarrow.lib', 'timestamp'), text('us'), text('UTC'), '\x86R'),
          length: 1,
          buffers: list('N', buffer(new Uint8Array(8))),
        }),
      ],
    ],
  ])('%s', (_, parts) => {
    expect(rules(...parts)).toEqual([]);
  });
});

const shifted = list('N', buffer(offsets(0, 1, 3, 7)), buffer(WORDS));
describe('an array of which Arrow would read, or write, past its buffers is held', () => {
  test.each<[string, Part]>([
    ['an offset that leads out of the bytes', array({ buffers: shifted })],
    ['offsets that go back', array({ buffers: list('N', buffer(offsets(0, 3, 1, 6)), buffer(WORDS)) })],
    ['an offset below zero', array({ buffers: list('N', buffer(offsets(-1, 1, 3, 6)), buffer(WORDS)) })],
    ['fewer offsets than entries', array({ length: 4 })],
    ['a slice past the offsets', array({ offset: 1 })],
    ['no offsets', array({ buffers: list('N', 'N', buffer(WORDS)) })],
    ['texts cut within a character', array({ buffers: list('N', buffer(offsets(0, 2, 3, 6)), buffer(WORDS)) })],
    ['text that ends too early', array({ buffers: list('N', buffer(offsets(0, 1, 3, 5)), buffer(WORDS)) })],
    ['text that is none', array({ buffers: list('N', buffer(offsets(0, 1, 3, 6)), buffer(Buffer.alloc(6, 0xff))) })],
    [
      'bits for fewer entries',
      array({
        length: 9,
        nulls: 9,
        buffers: list(buffer(new Uint8Array(1)), buffer(offsets(...Array(10).fill(0))), 'N'),
      }),
    ],
    ['nulls that are none', array({ nulls: 3 })],
    [
      'nulls that are more',
      array({ nulls: 1, buffers: list(buffer(Uint8Array.of(4)), buffer(offsets(0, 1, 3, 6)), buffer(WORDS)) }),
    ],
    ['numbers in too few bytes', numbers({ length: 2, buffers: list('N', buffer(new Uint8Array(15))) })],
    ['a length below zero', numbers({ length: -1, buffers: list('N', buffer(new Uint8Array(8))) })],
    ['an offset below zero', numbers({ length: 1, offset: -1, buffers: list('N', buffer(new Uint8Array(8))) })],
    ['a buffer too few', array({ buffers: list('N', buffer(offsets(0, 1, 3, 6))) })],
    [
      'a buffer too many',
      array({ buffers: pickleOf(list('N', buffer(offsets(0, 1, 3, 6)), buffer(WORDS)), buffer(WORDS), 'a') }),
    ],
    [
      'bytes of which the length is not known',
      numbers({
        length: 1,
        buffers: list(
          'N',
          pickleOf(global('pyarrow.lib', 'py_buffer'), global('builtins', 'bytearray'), 'K\x08\x85R\x85R'),
        ),
      }),
    ],
    ['children', array({ children: list('N') })],
    ['a dictionary', array({ dictionary: EMPTY_TUPLE })],
    ['a type that is a text', array({ type: text('large_string') })],
    ['a type with children', array({ type: type('list<item: int64>') })],
    ['state that is a list', pickleOf(global('pyarrow.lib', '_restore_array'), ']\x85R')],
  ])('%s', (_, parts) => {
    expect(rules(parts)).toContain('pickle-call');
  });
});

describe('what was checked is not changed', () => {
  const memo = pickleOf('B', int32(32), Buffer.from(offsets(0, 1, 3, 6)), 'q\x07');
  const other = pickleOf(global('pyarrow.lib', 'py_buffer'), 'h\x07\x85R');
  const buffers = list('N', other, buffer(WORDS));
  test.each<[string, Part[]]>([
    ['bytes that are written into', [memo, '0', array({ buffers }), '0h\x07K\x00K\xffs']],
    ['before', [memo, 'K\x00K\xffs0', array({ buffers })]],
    [
      'an array of NumPy on the bytes',
      [
        memo,
        '0',
        array({ buffers }),
        '0',
        global('numpy._core.numeric', '_frombuffer'),
        'h\x07',
        global('numpy', 'dtype'),
        text('u1'),
        '\x85RK\x20\x85',
        text('C'),
        '(tRK\x00K\xffs',
      ],
    ],
    [
      'a list of buffers by the memo',
      [
        array({
          buffers: pickleOf(']q\x05(N', buffer(offsets(0, 1, 3, 6)), buffer(WORDS), 'eh\x05', buffer(WORDS), 'a0'),
        }),
      ],
    ],
    [
      'a list of buffers that is written over',
      [
        array({
          buffers: pickleOf(
            list('N', buffer(offsets(0, 1, 3, 6)), buffer(WORDS)),
            'K\x02',
            buffer(Uint8Array.of(1)),
            's',
          ),
        }),
      ],
    ],
    ['children by the memo', [array({ children: pickleOf(']q\x05h\x05Na0') })]],
  ])('%s', (_, parts) => {
    expect(rules(...parts)).toContain('pickle-call');
  });

  test('an array without one is written into as before', () => {
    expect(rules(memo, 'K\x00K\xffs')).toEqual([]);
  });
});

describe('pandas is given no other array than one of Arrow', () => {
  const range = pickleOf(global('builtins', 'range'), 'K\x05\x85R');
  test.each<[string, Part[]]>([
    ['a range', kept(range)],
    ['a list', kept(']')],
    ['by the older name', kept(array(), text('_data'), range)],
    ['which comes first', kept(range, text('_pa_array'), array())],
    ['a state that is a tuple', [global('pandas.arrays', 'ArrowStringArray'), EMPTY_TUPLE, NEWOBJ, 'N}\x86', BUILD]],
    ['no array', [global('pandas.arrays', 'ArrowExtensionArray'), EMPTY_TUPLE, NEWOBJ, '}', BUILD]],
  ])('%s', (_, parts) => {
    expect(rules(...parts)).toEqual(['pickle-call']);
  });
});

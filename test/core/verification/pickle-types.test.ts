import { describe, expect, test } from 'vitest';
import { scanFiles } from '../../../core/verification/scan.ts';
import {
  BUILD,
  bytes,
  calling,
  dtype,
  dtypeState,
  EMPTY_DICT,
  EMPTY_TUPLE,
  global,
  int,
  MARK,
  MEMOIZE,
  NEWOBJ,
  type Part,
  pickleOf,
  proto,
  REDUCE,
  SETITEM,
  STACK_GLOBAL,
  STOP,
  stackGlobal,
  TUPLE1,
  TUPLE2,
  text,
} from './assembler.ts';
import { fileOf, rulesOf } from './samples.ts';

const rules = (...parts: Part[]): string[] => rulesOf(pickleOf(...parts));
const field = (type: Part): Buffer => pickleOf(text('a'), type, int(0), TUPLE2, SETITEM);
const record = (fields: Part, flags = 0): Buffer => dtype('V8', dtypeState(flags, fields));
const objects = dtype('O8', dtypeState(63));

describe('a NumPy type whose flags deny the objects in it is found', () => {
  test.each<[string, Part[]]>([
    ['by a code that is a record', [dtype('i4,O8', dtypeState(0))]],
    [
      'with fields in a dictionary of another class',
      [record(pickleOf(global('collections', 'OrderedDict'), ')R', field(objects)))],
    ],
    ['with a field that is a list', [record(pickleOf(EMPTY_DICT, text('a'), ']', objects, 'a', SETITEM))]],
    ['made by another class', [stackGlobal('numpy.dtypes', 'VoidDType'), EMPTY_TUPLE, REDUCE, dtypeState(0), BUILD]],
    [
      'and that holds them only once others were made of it',
      [
        ...[
          stackGlobal('numpy', 'dtype'),
          text('V8'),
          '\x89\x88\x87',
          REDUCE,
          'q\x09',
          EMPTY_DICT,
          'q\x08',
          field('h\x09'),
        ],
        ...['h\x09', dtypeState(63, pickleOf(EMPTY_DICT, field(objects))), BUILD, record('h\x08')],
      ],
    ],
    [
      'with a type that NumPy computes',
      [
        record(
          pickleOf(
            EMPTY_DICT,
            field(pickleOf(stackGlobal('numpy', 'dtype'), stackGlobal('numpy', 'object_'), TUPLE1, REDUCE)),
          ),
        ),
      ],
    ],
  ])('%s', (_, parts) => {
    expect(rules(proto(4), ...parts, STOP)).toContain('pickle-numpy-type');
  });

  test('and a record that says it is none', () => {
    expect(rules(proto(4), record(pickleOf(EMPTY_DICT, field(objects)), 63), STOP)).toEqual([]);
    expect(rules(proto(4), record(pickleOf(EMPTY_DICT, field(dtype('f8')))), STOP)).toEqual([]);
  });
});

describe('an array of joblib that is opcodes to another loader is found', () => {
  const evil = calling('os', 'system');
  const state = (content: Uint8Array, ...more: Part[]): Buffer =>
    pickleOf(EMPTY_DICT, MARK, text('shape'), int(content.length), TUPLE1, text('dtype'), dtype('u1'), ...more, 'u');
  const wrapper = pickleOf(stackGlobal('joblib.numpy_pickle', 'NumpyArrayWrapper'), EMPTY_TUPLE, NEWOBJ);
  const array = (content: Uint8Array, ...before: Part[]): Part[] => [
    ...[proto(4), ...before, wrapper, state(content), BUILD, content, STOP],
  ];

  test.each<[string, Part[]]>([
    [
      'names from the memo alone',
      array(pickleOf('h\0h\x01', STACK_GLOBAL, ')R.'), text('some_package'), MEMOIZE, '0', text('run'), MEMOIZE, '0'),
    ],
    [
      'a pickle that a listed function loads',
      array(pickleOf(stackGlobal('torch.storage', '_load_from_bytes'), bytes(evil), TUPLE1, 'R.')),
    ],
    [
      'a listed function with other arguments',
      array(pickleOf(stackGlobal('copyreg', '__newobj__'), text('x'), TUPLE1, 'R.')),
    ],
  ])('%s', (_, parts) => {
    expect(rules(...parts)).toContain('pickle-two-readings');
  });

  test('where its wrapper is filled twice, since the first state counts, too', () => {
    const twice = [wrapper, 'q\x07', state(Buffer.alloc(1), text('numpy_array_alignment_bytes'), int(16)), BUILD];
    expect(rules(proto(4), ...twice, '\0\0', 'h\x07', state(Buffer.alloc(1)), BUILD, '\0', STOP)).not.toEqual([]);
  });

  test('where padding is said to be there by what is no number', () => {
    const padded = pickleOf(wrapper, state(Buffer.alloc(2), text('numpy_array_alignment_bytes'), '\x88'), BUILD);
    expect(rules(proto(4), padded, '\x01\xff', 'ab', STOP)).toEqual([]);
    expect(rules(proto(4), padded, '\x01\xff', 'ab', global('os', 'system'), ')R.')).toContain(
      'pickle-dangerous-import',
    );
  });

  test('and one of plain numbers is none', () => {
    expect(rules(...array(Buffer.from([1, 2, 3, 255])))).toEqual([]);
  });
});

test('memo entries of more than 2⁵³ are not taken for one another', () => {
  const [first, second] = ['9007199254740992', '9007199254740993'];
  expect(
    rules("S'os'\n", `p${second}\n0S'json'\n`, `p${first}\n0g${second}\nS'system'\n`, STACK_GLOBAL, ')R.'),
  ).not.toEqual([]);
});

test('text that is a zlib stream is unpacked, and text that begins like one is text', () => {
  const formats = (content: Buffer): (string | undefined)[] =>
    scanFiles([fileOf('a.joblib', content)]).files.map(({ format }) => format);
  expect(formats(Buffer.from(`x^2,y\n${'1,2\n'.repeat(100)}`))).toEqual(['csv']);
  expect(formats(Buffer.from('x^ marks the spot'))).toEqual(['text']);
  // Python's zlib inflates these letters to 144 bytes before it asks for more.
  const letters = 'SrnfwSeZVZ4avBPioNUeCwqPuMONpTq3SegnVdXlkNE6TXKywuzLwTfbJvPQLQ79hfbhqTYaLJS3WsIbkdlTe0GniW';
  expect(formats(Buffer.from(`x^${letters}`))).toEqual(['compressed']);
});

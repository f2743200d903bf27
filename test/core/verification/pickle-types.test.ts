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
  TUPLE,
  TUPLE1,
  TUPLE2,
  text,
} from './assembler.ts';
import { fileOf, rulesOf } from './samples.ts';

const rules = (...parts: Part[]): string[] => rulesOf(pickleOf(...parts));
const field = (type: Part, start: Part = int(0), name = 'a'): Buffer =>
  pickleOf(text(name), type, start, TUPLE2, SETITEM);
const fields = (...parts: Part[]): Buffer => pickleOf(EMPTY_DICT, ...parts);
const record = (found: Part, flags: Part | number = 0, size = 8): Buffer =>
  dtype(`V${size}`, dtypeState(flags, found, size));
const objects = dtype('O8', dtypeState(63));
const numbers = dtype('i8');

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

describe('a NumPy type that does not fit what it is made of is found', () => {
  test.each<[string, Part]>([
    ['an object and a number in the same bytes', record(fields(field(objects), field(numbers, int(0), 'b')), 27)],
    ['an object over half of a number', record(fields(field(numbers), field(objects, int(4), 'b')), 27, 16)],
    ['an object past the end of a short item', record(fields(field(objects)), 27, 4)],
    ['a size that is not the one of the code', dtype('V8', dtypeState(27, fields(field(objects)), 4))],
    ['a field past the end', record(fields(field(numbers, int(1 << 20))))],
    ['a field before the begin', record(fields(field(numbers, int(-4096))))],
    ['a field at a place that is no number', record(fields(field(numbers, '\x88')))],
    ['more items than there is room for', dtype('V8', dtypeState(0, 'N', 8, pickleOf(numbers, int(100_000), TUPLE2)))],
    ['fields of a number', dtype('i8', dtypeState(27, fields(field(objects))))],
    ['text of another size', dtype('U1', dtypeState(8, 'N', 4_000_000))],
    ['text with the flags of objects', dtype('S8', dtypeState(63, 'N', 8))],
    ['flags that are no number', dtype('S8', dtypeState('\x88', 'N', 8))],
    ['flags of more bits than are read', dtype('S8', dtypeState('\x8a\x09\x3f\0\0\0\0\0\0\x01\0', 'N', 8))],
    [
      'a field that is added later',
      pickleOf(fields(), 'q\x07', '0', record('h\x07'), '0h\x07', field(numbers, int(99))),
    ],
  ])('%s', (_, part) => {
    expect(rules(proto(4), part, STOP)).toContain('pickle-numpy-type');
  });

  test.each<[string, Part]>([
    ['objects beside numbers', record(fields(field(objects), field(numbers, int(8), 'b')), 27, 16)],
    ['numbers in the same bytes', record(fields(field(numbers), field(dtype('i4'), int(4), 'b')))],
    [
      'an object by its title, too',
      record(fields(text('a'), objects, int(0), text('t'), '\x87q\x07s', text('t'), 'h\x07s'), 27),
    ],
    [
      'a record in a record',
      record(fields(field(record(fields(field(objects)), 27)), field(numbers, int(8), 'b')), 27, 16),
    ],
    ['items in a row', dtype('V16', dtypeState(0, 'N', 16, pickleOf(numbers, int(2), TUPLE2)))],
    [
      'a record by its class',
      pickleOf(
        ...[stackGlobal('numpy', 'dtype'), stackGlobal('numpy', 'record'), '\x89\x88\x87', REDUCE],
        ...[dtypeState(27, fields(field(objects)), 8), BUILD],
      ),
    ],
    [
      'two hundred names',
      dtype(
        'V1600',
        pickleOf(
          ...[MARK, 'K\x03', text('|'), 'N', MARK, ...Array.from({ length: 200 }, (_, at) => text(`f${at}`)), TUPLE],
          fields(...Array.from({ length: 200 }, (_, at) => field(numbers, int(8 * at), `f${at}`))),
          ...[int(1600), int(1), int(16), TUPLE],
        ),
      ),
    ],
  ])('and not %s', (_, part) => {
    expect(rules(proto(4), part, STOP)).toEqual([]);
  });
});

describe('a function that makes an instance of what it is given is found', () => {
  const buffer = pickleOf(EMPTY_DICT, text('buffer'), bytes(Buffer.alloc(8, 1)), SETITEM);
  const estimator = pickleOf(stackGlobal('sklearn.dummy', 'DummyClassifier'), EMPTY_TUPLE, NEWOBJ);
  const made = pickleOf(estimator, EMPTY_DICT, text('from_arrays'), stackGlobal('numpy', 'ndarray'), SETITEM, BUILD);
  const array = stackGlobal('numpy', 'ndarray');
  const called = (module: string, name: string, ...args: Part[]): Part[] => [
    ...[proto(4), stackGlobal(module, name), MARK, ...args, TUPLE, REDUCE, STOP],
  ];

  test.each<[string, Part[]]>([
    ['an array on a buffer as an index', called('pandas.core.indexes.base', '_new_Index', array, buffer)],
    ['as one of dates', called('pandas.core.indexes.datetimes', '_new_DatetimeIndex', array, buffer)],
    ['as one of times', called('pandas.core.indexes.timedeltas', '_new_TimedeltaIndex', array, buffer)],
    ['through an attribute', called('pandas.core.indexes.interval', '_new_IntervalIndex', made, buffer)],
    ['as a masked one', called('numpy.ma.core', '_mareconstruct', stackGlobal('numpy', 'dtype'), array)],
    ['as a generator', called('numpy.random._pickle', '__bit_generator_ctor', stackGlobal('xgboost.core', 'Booster'))],
    [
      'as a generator of generators',
      called(
        ...(['numpy.random._pickle', '__generator_ctor', text('MT19937')] as const),
        pickleOf(stackGlobal('torch.nn.modules.container', 'Sequential'), EMPTY_TUPLE, NEWOBJ),
      ),
    ],
    ['as a tree', called('sklearn.neighbors._kd_tree', 'newObj', made)],
    [
      'a view of the pointers in an array of objects',
      called(
        'numpy._core.numeric',
        '_frombuffer',
        stackGlobal('numpy._core.multiarray', '_reconstruct'),
        ')R',
        numbers,
      ),
    ],
    [
      'a list that has no end',
      called('builtins', 'list', stackGlobal('builtins', 'range'), int(2 ** 30), TUPLE1, REDUCE),
    ],
    [
      'an unchanging set of the same',
      [proto(4), stackGlobal('builtins', 'frozenset'), stackGlobal('builtins', 'range'), ')R', TUPLE1, NEWOBJ, STOP],
    ],
    ['a fraction of many digits', called('fractions', 'Fraction', text('1e999999999'))],
  ])('%s', (_, parts) => {
    expect(rules(...parts)).toContain('pickle-call');
  });

  test.each<[string, Part[]]>([
    ['an index', called('pandas.core.indexes.base', '_new_Index', stackGlobal('pandas', 'RangeIndex'), EMPTY_DICT)],
    ['an array of bytes', called('numpy._core.numeric', '_frombuffer', bytes(Buffer.alloc(8)), numbers)],
    ['a set of a list', called('builtins', 'set', ']')],
    ['a fraction', called('fractions', 'Fraction', text('-1/3'))],
  ])('and not %s', (_, parts) => {
    expect(rules(...parts)).toEqual([]);
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

import { expect, test } from 'vitest';
import {
  BUILD,
  EMPTY_DICT,
  EMPTY_TUPLE,
  MARK,
  type Part,
  pickleOf,
  proto,
  REDUCE,
  STOP,
  stackGlobal,
  TUPLE,
  TUPLE1,
  TUPLE2,
  text,
} from './assembler.ts';
import { rulesOf } from './samples.ts';

const INPUT_CHECK = stackGlobal('sklearn.utils.validation', 'check_array');
const LAYER = stackGlobal('torch.nn.modules.normalization', 'LayerNorm');
const LINEAR = stackGlobal('torch.nn.modules.linear', 'Linear');
const LOAD = stackGlobal('sklearn.metrics._classification', 'accuracy_score');
const partial = (given: Part, ...state: readonly Part[]): Buffer =>
  pickleOf(proto(4), stackGlobal('functools', 'partial'), given, TUPLE1, REDUCE, MARK, ...state, TUPLE, BUILD, STOP);
const attribute = (type: Part, name: string): Buffer =>
  pickleOf(proto(4), stackGlobal('builtins', 'getattr'), type, text(name), TUPLE2, REDUCE, STOP);

const dill = (name: string, ...args: readonly Part[]): Buffer =>
  pickleOf(proto(4), stackGlobal('dill._dill', name), MARK, ...args, TUPLE, REDUCE, STOP);
const ARRAY = [stackGlobal('numpy', 'ndarray'), 'K\x00', TUPLE1, 'C\x01b', '\x87'];
const MAKE = stackGlobal('numpy._core.multiarray', '_reconstruct');

test.each([
  ['a type of Python', dill('_load_type', text('int'))],
  ['an array', dill('_create_array', MAKE, ...ARRAY, EMPTY_TUPLE, 'N')],
])('%s as dill writes it is clean', (_, pickle) => {
  expect(rulesOf(pickle)).toEqual([]);
});

test.each([
  ['a type that makes code', dill('_load_type', text('CodeType'))],
  ['what another function makes', dill('_create_array', LINEAR, EMPTY_TUPLE, EMPTY_TUPLE, 'N')],
  ['attributes of an array', dill('_create_array', MAKE, ...ARRAY, EMPTY_TUPLE, EMPTY_DICT)],
  ['an array of a function alone', dill('_create_array', MAKE)],
])('%s by dill is held', (_, pickle) => {
  expect(rulesOf(pickle)).toEqual(['pickle-call']);
});

test.each([
  ['a check of inputs with options', partial(INPUT_CHECK, INPUT_CHECK, EMPTY_TUPLE, EMPTY_DICT, 'N')],
  ['a layer with options', partial(LAYER, LAYER, EMPTY_TUPLE, EMPTY_DICT, 'N')],
  ['a scale of a scheduler', attribute(stackGlobal('torch.optim.lr_scheduler', 'CyclicLR'), '_triangular_scale_fn')],
  ['a function of a layer', attribute(stackGlobal('torch._C', '_VariableFunctionsClass'), 'tanh')],
  ['a method that takes text apart', attribute(stackGlobal('builtins', 'str'), 'split')],
])('%s is what scikit-learn saves', (_, pickle) => {
  expect(rulesOf(pickle)).toEqual([]);
});

test.each([
  ['another function with options', partial(LOAD, LOAD, EMPTY_TUPLE, EMPTY_DICT, 'N')],
  ['another function by the state', partial(INPUT_CHECK, LOAD, EMPTY_TUPLE, EMPTY_DICT, 'N')],
  ['a state that is no such tuple', partial(INPUT_CHECK, INPUT_CHECK)],
  ['a method that reads attributes', attribute(stackGlobal('builtins', 'str'), 'format')],
  ['a class with options that it makes much of', partial(LINEAR, LINEAR, EMPTY_TUPLE, EMPTY_DICT, 'N')],
  [
    'a scheduler that is no function of it, an attribute',
    attribute(stackGlobal('torch.optim.lr_scheduler', 'CyclicLR'), '__init__'),
  ],
  ['another function of PyTorch', attribute(stackGlobal('torch._C', '_VariableFunctionsClass'), 'from_file')],
  ['a method of another type', attribute(stackGlobal('builtins', 'list'), 'split')],
])('%s is held', (_, pickle) => {
  expect(rulesOf(pickle)).toEqual(['pickle-call']);
});

test.each([
  ['a type of text of pandas 2', 'cpandas.core.arrays.string_\nStringDtype\nVpython\n\x85R.'],
  ['a type of text of NumPy 2', 'cnumpy._core._internal\n_convert_to_stringdtype_kwargs\nK\x01\x85R.'],
  ['a spline of SciPy', 'cscipy.interpolate._cubic\nCubicSpline\n)\x81}b.'],
])('%s is clean', (_, parts) => {
  expect(rulesOf(pickleOf(proto(4), parts))).toEqual([]);
});

test.each([
  [
    'words',
    'cgensim.models.keyedvectors\nKeyedVectors\n)\x81cbuiltins\nrange\n\x8a\x06\xff\xff\xff\xff\xff\x7f\x85RNs.',
  ],
  ['layers', 'ctorch.nn.modules.container\nSequential\n)\x81Na.'],
  ['a polynomial', 'cnumpy\npoly1d\n)\x81K\x01K\x02s.'],
])('items are put into no object of %s, which may do anything then', (_, parts) => {
  expect(rulesOf(pickleOf(proto(4), parts))).toEqual(['pickle-call']);
});

test.each([
  ['an object for what is missing', 'K\x01cdecimal\nDecimal\n)R\x86R.'],
  [
    'a value of bytes',
    'K\x01\x85R0cnumpy._core.multiarray\nscalar\ncnumpy._core._internal\n_convert_to_stringdtype_kwargs\nK\x01\x85RC\x02ab\x86R.',
  ],
])('a type of text of NumPy with %s is held', (_, parts) => {
  expect(rulesOf(pickleOf(proto(4), 'cnumpy._core._internal\n_convert_to_stringdtype_kwargs\n', parts))).toEqual([
    'pickle-call',
  ]);
});

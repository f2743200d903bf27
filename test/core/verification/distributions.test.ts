import { describe, expect, test } from 'vitest';
import { BUILD, EMPTY_TUPLE, global, int32, MARK, NEWOBJ, type Part, pickleOf, proto, text } from './assembler.ts';
import { rulesOf } from './samples.ts';

const rules = (...parts: Part[]): string[] => rulesOf(pickleOf(proto(4), ...parts, '.'));

const template = (shapes: string, given = 'loc=0, scale=1', used = 'loc, scale'): string => `
def _parse_args(self, ${shapes} ${given}):
    return (${shapes}), ${used}

def _parse_args_rvs(self, ${shapes} ${given}, size=None):
    return self._argcheck_rvs(${shapes} ${used}, size=size)

def _parse_args_stats(self, ${shapes} ${given}, moments='mv'):
    return (${shapes}), ${used}, moments
`;
const norm: Part[] = [global('scipy.stats._continuous_distns', 'norm_gen'), EMPTY_TUPLE, NEWOBJ];
const key = text('_parse_arg_template');
const stateOf = (...items: Part[]): Part[] => ['}', MARK, ...items, 'u', BUILD];

describe('a distribution of SciPy is clean with the text that SciPy executes', () => {
  test.each([
    ['of no shape', template('')],
    ['of two shapes', template('a, b, ')],
    ['of a discrete one', template('low, high, ', 'loc=0', 'loc, 1')],
  ])('%s', (_, value) => {
    expect(rules(...norm, ...stateOf(key, text(value)))).toEqual([]);
  });

  test('of which a method is named, as discrete ones do', () => {
    const method = [global('builtins', 'getattr'), ...norm, text('_entropy'), '\x86R'];
    expect(rules(...method)).toEqual([]);
  });
});

describe('a distribution of SciPy that executes other text is held', () => {
  const evil = template('').replace('_parse_args_stats(self', '_parse_args_stats(self=__import__("os").getpid()');
  test.each<[string, Part[]]>([
    ['a default that is a call', [...norm, ...stateOf(key, text(evil))]],
    ['a shape with a default', [...norm, ...stateOf(key, text(template('a=f(), ')))]],
    ['more behind it', [...norm, ...stateOf(key, text(`${template('')}print()\n`))]],
    ['before it', [...norm, ...stateOf(key, text(`print()${template('')}`))]],
    [
      'shapes that are not the same',
      [...norm, ...stateOf(key, text(template('a, ').replace('(self, a, ', '(self, b, ')))],
    ],
    ['set a second time', [...norm, ...stateOf(key, text(template('')), key, text('print()'))]],
    ['bytes', [...norm, ...stateOf(key, 'C\x01a')]],
    ['none', [...norm, ...stateOf(text('name'), text('norm'))]],
    ['longer than any', [...norm, ...stateOf(key, pickleOf('X', int32(2000), ' '.repeat(2000)))]],
    ['pairs in place of a dictionary', [...norm, ']', key, text(template('')), '\x86a', BUILD]],
    [
      'as protocol 0 makes an instance',
      [MARK, 'iscipy.stats._continuous_distns\nnorm_gen\n', ...stateOf(key, text(evil))],
    ],
    [
      'by copyreg',
      [
        ...[global('copyreg', '_reconstructor'), MARK, global('scipy.stats._continuous_distns', 'norm_gen')],
        ...[global('builtins', 'object'), 'NtR', ...stateOf(key, text(evil))],
      ],
    ],
    [
      'by a tensor of a class of its own',
      [
        ...[global('torch._tensor', '_rebuild_from_type_v2'), MARK, global('torch._utils', '_rebuild_tensor_v2')],
        ...[...norm, ')', '}', key, text(evil), 's', 'tR'],
      ],
    ],
  ])('%s', (_, parts) => {
    expect(rules(...parts)).toEqual(['pickle-call']);
  });

  test('a function in the place of what attaches the methods', () => {
    const planted = [text('_attach_methods'), global('scipy.special._ufuncs', 'expit')];
    expect(rules(...norm, ...stateOf(key, text(template('')), ...planted))).toEqual(['pickle-build']);
  });

  test('another attribute than discrete ones name', () => {
    expect(rules(global('builtins', 'getattr'), ...norm, text('__init__'), '\x86R')).toEqual(['pickle-call']);
  });
});

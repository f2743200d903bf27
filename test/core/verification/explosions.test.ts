import { describe, expect, test } from 'vitest';
import { NEWOBJ, type Part, pickleOf, proto } from './assembler.ts';
import { rulesOf } from './samples.ts';

const rules = (...parts: Part[]): string[] => rulesOf(pickleOf(...parts));
const times = (count: number, part: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => part(at)).join('');

/** What stands on top is kept, dropped, and taken twice by what makes the next. */
const doubled = (make: (get: string) => string, count = 40, first = 0): string =>
  times(count, (at) => {
    const place = String.fromCharCode(first + at);
    return `q${place}0${make(`h${place}`)}`;
  });
const ONE = 'K\x01\x85';
const asKey = (value: string): Part[] => [proto(4), '}', value, 'Ns.'];
const sets = (first: number): string =>
  `(K\x01\x91${doubled((get) => `(${get}K\x01\x86${get}K\x02\x86\x91`, 40, first)}`;
const tuple = 'cbuiltins\ntuple\n';

describe('what Python would hash or compare for ever is held', () => {
  test.each<[string, Part[]]>([
    ['a tuple that holds the one before it twice', asKey(`${ONE}${'2\x86'.repeat(40)}`)],
    ['by the memo', asKey(`${ONE}${doubled((get) => `${get}${get}\x86`)}`)],
    ['a thousand times', asKey(`(${'K\x01'.repeat(1000)}t${doubled((get) => `(${get.repeat(1000)}t`, 4)}`)],
    ['with much beside it', asKey(`${ONE}${doubled((get) => `(${'K\x01'.repeat(200)}${get}${get}t`)}`)],
    ['in a set', [proto(4), '\x8f(', `${ONE}${doubled((get) => `${get}${get}\x86`)}`, '\x90.']],
    ['two frozen sets that are equal', [proto(4), '}', sets(0), 'Ns', sets(100), 'Ns.']],
    ['a list that becomes a tuple', asKey(`${ONE}${doubled((get) => `${tuple}](${get}${get}e\x85R`)}`)],
    ['a list that is filled one by one', asKey(`${ONE}${doubled((get) => `${tuple}]${get}a${get}a\x85R`)}`)],
    ['a list of protocol 0', asKey(`${ONE}${doubled((get) => `${tuple}(${get}${get}l\x85R`)}`)],
    ['a set that becomes a tuple', asKey(`${ONE}${doubled((get) => `${tuple}\x8f(${get}${get}N\x86\x90\x85R`)}`)],
    ['an instance of tuple', asKey(`${ONE}${doubled((get) => `${tuple}](${get}${get}e\x85${NEWOBJ}`)}`)],
    ['by copyreg', asKey(`${ONE}${doubled((get) => `ccopyreg\n__newobj__\n${tuple}](${get}${get}e\x86R`)}`)],
    [
      'by copyreg of protocol 0',
      asKey(`${ONE}${doubled((get) => `ccopyreg\n_reconstructor\n(${tuple}${tuple}](${get}${get}etR`)}`),
    ],
    ['frozen sets of protocol 2', asKey(`${ONE}${doubled((get) => `cbuiltins\nfrozenset\n](${get}${get}e\x85R`)}`)],
    ['slices', asKey(`${ONE}${doubled((get) => `cbuiltins\nslice\n${get}${get}\x86R`)}`)],
    ['results of torch', asKey(`${ONE}${doubled((get) => `ctorch.return_types\nmax\n${get}${get}\x86\x85R`)}`)],
    ['by an attribute', asKey(`${ONE}${doubled((get) => `cuuid\nUUID\n)\x81}X\x03\0\0\0int${get}${get}\x86sb`)}`)],
    ['so deep that it crashes', asKey(`K\x01${'\x85'.repeat(5000)}`)],
    ['so deep by lists', asKey(`${ONE}${times(5000, () => `p1\n0${tuple}]g1\na\x85R`)}`)],
  ])('%s', (_, parts) => {
    expect(rules(...parts)).toEqual(['pickle-explosion']);
  });
});

describe('a list that others may have filled is not iterated over', () => {
  test.each([
    ['by the memo', `]q\x000${tuple}h\x00\x85R`],
    ['doubled', `${tuple}]2K\x01a\x85R`],
    ['of the keys of a dictionary', `${tuple}}\x85R`],
    ['that is kept and copied a million times', `](${'K\x01'.repeat(100)}eq\x00cbuiltins\nlist\nh\x00\x85R`],
  ])('%s', (_, value) => {
    expect(rules(proto(4), value, '.')).toEqual(['pickle-call']);
  });
});

test('what iterates is not given what a call made by way of copyreg', () => {
  const range = 'cbuiltins\nrange\nJ\xff\xff\xff\x7f\x85R';
  expect(rules(proto(4), 'ccopyreg\n__newobj__\n', tuple, range, '\x86R.')).toEqual(['pickle-call']);
});

describe('numbers and ranges that a call made are not written out', () => {
  const range = 'cbuiltins\nrange\n\x8a\x06\xff\xff\xff\xff\xff\x7f\x85R';
  const power = 'cdecimal\nDecimal\nV1e99999999\n\x85R';
  test.each([
    ['a power of ten as an integer', `cbuiltins\nint\n${power}\x85R.`],
    ['a power of ten as an instance of an integer', `cbuiltins\nint\n${power}\x85${NEWOBJ}.`],
    ['a range as bytes', `cbuiltins\nbytes\n${range}\x85R.`],
    ['a range as an array of bytes', `cbuiltins\nbytearray\n${range}\x85R.`],
    ['a range without an end', 'cbuiltins\nrange\n\x8a\x06\xff\xff\xff\xff\xff\x7f\x85R.'],
    [
      'a range of a number that is too large to know',
      'cbuiltins\nrange\n\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\x00\x85R.',
    ],
    ['a number as bytes', 'cbuiltins\nbytes\nJ\xff\xff\xff\x7f\x85R.'],
    ['a number as an array of bytes', 'cbuiltins\nbytearray\n\x8a\x06\xff\xff\xff\xff\xff\x7f\x85R.'],
    [
      'a range as a sparse index',
      'cpandas._libs.sparse\nIntIndex\nK\x03cbuiltins\nrange\nJ\xff\xff\xff\x00\x85R\x86R.',
    ],
    ['a range as an index', 'cpandas\nDatetimeIndex\ncbuiltins\nrange\nJ\xff\xff\xff\x00\x85R\x85\x81.'],
    [
      'a range as what an index is made of',
      'cpandas.core.indexes.base\n_new_Index\ncpandas\nDatetimeIndex\n}X\x04\0\0\0datacbuiltins\nrange\nJ\xff\xff\xff\x00\x85Rs\x86R.',
    ],
    ['digits as a frequency', `cpandas\nPeriodDtype\nV${'9'.repeat(200)}\n\x85R.`],
    ['a range as an array', `carray\narray\nVd\n${range}\x86R.`],
  ])('%s', (_, parts) => {
    expect(rules(proto(4), parts)).toEqual(['pickle-call']);
  });
  test.each([
    [
      'an array of bytes of protocol 2',
      `cbuiltins\nbytearray\nc_codecs\nencode\nV${'a'.repeat(150)}\nVlatin1\n\x86R\x85R.`,
    ],
    ['a range of a million', 'cbuiltins\nrange\nK\x01J\x40\x42\x0f\x00\x86R.'],
    ['a range that goes down', 'cbuiltins\nrange\nJ\x40\x42\x0f\x00K\x01J\xff\xff\xff\xff\x87R.'],
    ['a frequency', 'cpandas\nPeriodDtype\nVM\n\x85R.'],
    ['an array of numbers of protocol 2', 'carray\narray\nVd\n](K\x01K\x02e\x86R.'],
  ])('%s is clean', (_, parts) => {
    expect(rules(proto(4), parts)).toEqual([]);
  });
});

describe('what is shared in ordinary pickles is clean', () => {
  test.each([
    ['a shape of a million arrays', `(K\x01K\x02K\x03K\x04tq\x00](${'h\x00'.repeat(100_000)}e.`],
    ['a long tuple in many places', `(${'K\x01'.repeat(500)}tq\x00](${'h\x00'.repeat(100_000)}e.`],
    ['a frozen set of protocol 2', '}cbuiltins\nfrozenset\n](K\x01K\x02e\x85RNs.'],
    ['a result of torch', 'ctorch.return_types\nsort\n(K\x01K\x02t}\x86R.'],
    ['tuples of frozen sets', `](${'(K\x01K\x02\x91(K\x01K\x02\x91\x86'.repeat(1000)}e.`],
  ])('%s', (_, parts) => {
    expect(rules(proto(4), parts)).toEqual([]);
  });
});

import { expect, test } from 'vitest';
import { didYouMean } from '../../core/suggest.ts';

const words = ['train', 'timeout', 'inputs', 'run', 'max_regression'];

test.each([
  ['trian', 'train'],
  ['TRAIN', 'train'],
  ['tran', 'train'],
  ['input', 'inputs'],
  ['timeuot', 'timeout'],
  ['max-regresion', 'max_regression'],
  ['rn', 'run'],
  ['max', 'max_regression'],
  ['in', null],
  ['production', null],
  ['x', null],
  ['', null],
  ['t'.repeat(10_000), null],
])('%s → %s', (word, meant) => {
  expect(didYouMean(word, words)).toBe(meant);
});

test('a beginning that two words share means neither', () => {
  expect(didYouMean('stag', ['staging-eu', 'staging-us'])).toBeNull();
});

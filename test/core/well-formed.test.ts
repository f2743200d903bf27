import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../core/canonical.ts';
import { wellFormed } from '../../core/well-formed.ts';

test('halves of surrogate pairs are replaced at any depth, and nothing else', () => {
  const value = { message: 'a\ud83d', list: [{ text: '\udc00b', count: 1, none: null }], whole: '😀' };
  expect(wellFormed(value)).toEqual({
    message: 'a\ufffd',
    list: [{ text: '\ufffdb', count: 1, none: null }],
    whole: '😀',
  });
});

test('what comes out can be signed, whatever JSON came in', () => {
  const text = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) });
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      text,
      fc.integer(),
      fc.constant(null),
      fc.array(tie('tree')),
      fc.record({ a: tie('tree'), b: text }),
    ),
  }));
  fc.assert(
    fc.property(tree, (value) => {
      expect(() => canonicalJson(wellFormed(value))).not.toThrow();
    }),
  );
});

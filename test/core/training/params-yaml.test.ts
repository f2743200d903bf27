import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { writeParams } from '../../../core/training/params-yaml.ts';

function written(text: string, params: Record<string, string | number | boolean>) {
  const result = writeParams(text, params);
  if (!result.ok) throw new Error(result.message);
  return result;
}

describe('the values of a run in params.yaml', () => {
  test('stand where the file had its own, with comments and order kept', () => {
    const text = '# for training\ntrain:\n  epochs: 10  # enough\n  lr: 0.1\nseed: 1\n';
    expect(written(text, { epochs: 20, lr: 0.25 })).toEqual({
      ok: true,
      text: '# for training\ntrain:\n  epochs: 20 # enough\n  lr: 0.25\nseed: 1\n',
      set: ['train.epochs', 'train.lr'],
      ambiguous: [],
    });
  });

  test.each([
    ['a parameter without a key', 'epochs: 10\n', { lr: 0.1 }, 'epochs: 10\n', [], []],
    ['a key in two places', 'a: { lr: 1 }\nb: { lr: 2 }\n', { lr: 3 }, 'a: { lr: 1 }\nb: { lr: 2 }\n', [], ['lr']],
    ['a key at the top, before those below', 'lr: 1\nb: { lr: 2 }\n', { lr: 3 }, 'lr: 3\nb: { lr: 2 }\n', ['lr'], []],
    ['a key whose value is a map', 'lr: { a: 1 }\n', { lr: 3 }, 'lr: { a: 1 }\n', [], []],
    ['a key in a list', 'runs: [{ lr: 1 }]\n', { lr: 3 }, 'runs: [{ lr: 1 }]\n', [], []],
    ['a text that looks like a number', 'mode: x\n', { mode: '1e3' }, 'mode: "1e3"\n', ['mode'], []],
    ['a truth value', 'shuffle: no\n', { shuffle: true }, 'shuffle: true\n', ['shuffle'], []],
    ['an empty file', '', { lr: 1 }, '', [], []],
  ])('%s', (_, text, params, expected, set, ambiguous) => {
    expect(written(text, params)).toEqual({ ok: true, text: expected, set, ambiguous });
  });

  test.each([
    ['broken YAML', 'a: [1\n'],
    ['a key twice', 'lr: 1\nlr: 2\n'],
  ])('%s is refused with its place', (_, text) => {
    expect(writeParams(text, { lr: 1 })).toMatchObject({
      ok: false,
      message: expect.stringMatching(/^params\.yaml:\d+:\d+: /),
    });
  });

  test('a bomb of aliases costs nothing', () => {
    const levels = Array.from({ length: 30 }, (_, at) => `l${at + 1}: &l${at + 1} [*l${at}, *l${at}, *l${at}]`);
    const text = `l0: &l0 [lol]\n${levels.join('\n')}\nlr: 1\n`;
    expect(written(text, { lr: 2 }).set).toEqual(['lr']);
  });

  test('any value is read back as it was asked for', () => {
    const value = fc.oneof(fc.string(), fc.boolean(), fc.double({ noNaN: true, noDefaultInfinity: true }));
    fc.assert(
      fc.property(value, (asked) => {
        const { text } = written('train:\n  x: 0\n', { x: asked });
        expect(parse(text)).toEqual({ train: { x: Object.is(asked, -0) ? expect.closeTo(0) : asked } });
      }),
    );
  });

  test('no text makes it fail otherwise than with words', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a:&*[]{}-\n \t"\'#|>!%@,1') }), (text) => {
        expect(typeof writeParams(text, { a: 1 }).ok).toBe('boolean');
      }),
      { numRuns: 2000 },
    );
  });
});

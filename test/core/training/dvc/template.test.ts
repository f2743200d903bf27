import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fillTemplate } from '../../../../core/training/dvc/template.ts';

const values = {
  name: 'delay',
  epochs: 20n,
  train: { lr: 0.1, layers: [64n, 32n], big: 1e22, small: 1e-7, one: 1, tiny: 0.00012, on: true, none: null },
};

test.each([
  ['nothing to fill', 'nothing to fill'],
  ['python train.py --name ${name} --epochs ${ epochs }', 'python train.py --name delay --epochs 20'],
  ['${train.lr} ${train.layers[1]} ${train.on}', '0.1 32 true'],
  // As Python writes them.
  ['${train.one} ${train.big} ${train.small} ${train.tiny}', '1.0 1e+22 1e-07 0.00012'],
  ['\\${HOME}/${name}', '${HOME}/delay'],
  ['$HOME $(date)', '$HOME $(date)'],
])('%s', (text, expected) => {
  expect(fillTemplate(text, values)).toEqual({ ok: true, text: expected });
});

test.each([
  ['${other}', 'nothing is called ${other}'],
  ['${train.other}', 'nothing is called ${train.other}'],
  ['${train.layers[7]}', 'nothing is called'],
  ['${}', 'nothing is called ${}'],
  ['${constructor}', 'nothing is called'],
  ['${train}', 'is no plain value'],
  ['${train.layers}', 'is no plain value'],
  ['${train.none}', 'is no plain value'],
])('%s is refused', (text, message) => {
  expect(fillTemplate(text, values)).toEqual({ ok: false, message: expect.stringContaining(message) });
});

test('no text makes it throw, and a text without a dollar stays as it is', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('$', '{', '}', '\\', '.', '[', '0', ']', 'name', ' ', 'a') }),
      (text) => {
        const filled = fillTemplate(text, values);
        if (!text.includes('$')) expect(filled).toEqual({ ok: true, text });
      },
    ),
  );
});

test('a long value is not put together over and over', () => {
  const text = '${a}'.repeat(2000);
  expect(fillTemplate(text, { a: 'x'.repeat(1 << 20) })).toEqual({
    ok: false,
    message: 'its values make more than 1048576 characters',
  });
});

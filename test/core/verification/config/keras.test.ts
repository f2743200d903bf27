import { expect, test } from 'vitest';
import { json } from '../configurations.ts';
import { rulesOf } from '../samples.ts';

const optimizer = (name: string): Buffer =>
  Buffer.from(json({ loss: 'mse', optimizer_config: { class_name: name, config: { learning_rate: 0.1 } } }));

test.each(['Adam', 'Custom>Adam', 'Custom>SGD'])('%s, as Keras registers it, is an optimizer of its own', (name) => {
  expect(rulesOf(optimizer(name))).toEqual([]);
});

test.each(['Custom>Mine', 'Other>Adam', 'Custom>Adam>Mine'])('%s is registered by other code', (name) => {
  expect(rulesOf(optimizer(name))).toEqual(['keras-custom-object']);
});

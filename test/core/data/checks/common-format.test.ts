import { expect, test } from 'vitest';
import { commonFormat } from '../../../../core/data/checks/common-format.ts';

const five = (value: (i: number) => string): string[] => Array.from({ length: 5 }, (_, i) => value(i));

test.each([
  ['uuid', five((i) => `123e4567-e89b-12d3-a456-42661417400${i}`)],
  ['email', five((i) => `person${i}@example.org`)],
  ['url', five((i) => `https://example.org/${i}`)],
  ['json', five((i) => `{"a": ${i}}`)],
  [null, five((i) => `text ${i}`)],
  [null, [...five((i) => `person${i}@example.org`), 'nobody']],
  [null, ['a@b.co', 'c@d.co']],
  [null, five((i) => `"${i}"`)],
  [null, five((i) => `https://example.org/${'x'.repeat(10_000)}${i}`)],
  [null, []],
])('values have the format %s in common', (format, values) => {
  expect(commonFormat(values)).toBe(format);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { terminalLine, terminalText } from '../../../core/reports/terminal.ts';
import { EVERY_ATTACK } from './hostile.ts';

/** What a terminal acts on, or what shows text otherwise than it is: all but line feed and tab. */
const ACTS = /[^\P{Cc}\n\t]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const text = fc.oneof(fc.constantFrom(...EVERY_ATTACK), fc.string({ unit: 'binary' }));

test.each([
  ['\u001b[31mred\u001b[0m', '\\u001b[31mred\\u001b[0m'],
  ['\u009b31mred', '\\u009b31mred'],
  ['good\rbad', 'good\\u000dbad'],
  ['safe\u202etxt.exe', 'safe\\u202etxt.exe'],
  ['\u{e0041}', '\\udb40\\udc41'],
  ['two\nlines\tand a tab', 'two\nlines\tand a tab'],
  ['flight-delay: 0.741 ≥ 0.7 ✓ é 漢 😀', 'flight-delay: 0.741 ≥ 0.7 ✓ é 漢 😀'],
])('%j is shown as %j', (hostile, shown) => {
  expect(terminalText(hostile)).toBe(shown);
});

describe('whatever comes in,', () => {
  test('nothing comes out that a terminal acts on', () => {
    for (const attack of EVERY_ATTACK) expect(terminalText(attack)).not.toMatch(ACTS);
    fc.assert(
      fc.property(text, (value) => {
        expect(terminalText(value)).not.toMatch(ACTS);
      }),
    );
  });

  test('a line of JSON stays the same JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), text, (value, key) => {
        const json = JSON.stringify({ [key]: value, key });
        expect(JSON.parse(terminalText(json))).toEqual(JSON.parse(json));
      }),
    );
  });

  test('a line stays one line', () => {
    for (const attack of EVERY_ATTACK) expect(terminalLine(attack)).not.toMatch(/[\n\r\v\f\u0085\u2028\u2029]/);
  });
});

import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { isAlias, isNode, parseDocument, visit } from 'yaml';
import { parseConfig } from '../../core/config/parse.ts';
import { repeatedKeys } from '../../core/repeated-keys.ts';
import { readYaml } from '../../core/training/dvc/document.ts';
import { MAX_YAML_WEIGHT, yamlTooHeavy, yamlWeight } from '../../core/yaml-weight.ts';
import { CONFIG_TEXT } from './samples.ts';

/** What the parser makes of a text: nodes, and problems. */
function made(text: string): number {
  const document = parseDocument(text, { uniqueKeys: false, prettyErrors: false, logLevel: 'silent' });
  let nodes = document.errors.length + document.warnings.length;
  visit(document, (_, node) => {
    if (isNode(node)) nodes += 1;
  });
  return nodes;
}

test('a config of an ordinary repository weighs little of what it may', () => {
  expect(yamlWeight(CONFIG_TEXT)).toBeLessThan(MAX_YAML_WEIGHT / 50);
});

test.each([
  ['a long value', 1, 'x'.repeat(100_000)],
  ['prose', 1, 'a word and another, then a third'.replaceAll(',', ' ')],
  ['a key and its value', 2, 'key: value'],
  ['a key, its value and a line end', 3, 'key: value\n'],
  ['a list in one line', 6, '[a, b, c]\n'],
  ['list items', 5, '- a\n- b\n'],
  ['empty items', 12, ',,,,,,,,,,,'],
  ['aliases', 4, '*a *a *a'],
])('%s weighs %i', (_what, weight, text) => {
  expect(yamlWeight(text)).toBe(weight);
});

const UNITS = [
  ...[
    'a: 1\n',
    'a:\n',
    '- a\n',
    '-\n',
    'a,',
    '[],',
    ',',
    '[',
    '{',
    '- ',
    '? ',
    '? a\n',
    '*a,',
    '*a : 1\n',
    '&a ,',
    '!a ,',
  ],
  ...[
    '- !a\n',
    '#\n',
    '---\n',
    '...\n',
    ': ',
    ':\n',
    '\t\n',
    '\n',
    '\r',
    '"a" ',
    '"a"',
    "'",
    'x\n',
    '  x\n',
    '<<: *a\n',
  ],
  ...['%a\n', '@a\n', '1e9,', '"k":{},', 'a: |\n  x\n', 'a: b: ', '|', '>-\n', '\u2028', '\ufeff', ' ', 'é'],
];

test.each(UNITS)('of %j, however often, the parser makes no more than in proportion to its weight', (unit) => {
  for (const head of ['', 'a: &a 1\nb: [', 'a: ', '- ', '"']) {
    const text = head + unit.repeat(300);
    expect(made(text)).toBeLessThanOrEqual(3 * yamlWeight(text) + 3);
  }
});

test('of any text, too', () => {
  const text = fc.array(fc.oneof(fc.constantFrom(...UNITS), fc.string({ maxLength: 3 })), { maxLength: 200 });
  fc.assert(
    fc.property(text, (units) => {
      const joined = units.join('');
      expect(made(joined)).toBeLessThanOrEqual(3 * yamlWeight(joined) + 3);
    }),
  );
});

test('what is too heavy is not parsed, and the reason says what to do', () => {
  const heavy = '<<: *a\n'.repeat(9000);
  expect(yamlTooHeavy('x\n'.repeat(MAX_YAML_WEIGHT - 1))).toBeNull();
  expect(parseConfig(heavy)).toMatchObject({
    ok: false,
    problems: [{ message: expect.stringMatching(/at most 8000 lines.*split it/), line: 1 }],
  });
  expect(readYaml(heavy, 'params.yaml')).toMatchObject({
    ok: false,
    message: expect.stringMatching(/^params.yaml: .*8000/),
  });
});

test('aliases are looked up in the order of the document, without going through it for each', () => {
  const [first, again, other] = ['*a : 1\n', '*a : 2\n', '*b : 3\n'];
  const keys = (text: string): number => repeatedKeys(parseDocument(text, { uniqueKeys: false })).length;
  expect(keys(`x: &a k\ny: &b k2\nz:\n  ${first}  ${other}`)).toBe(0);
  expect(keys(`x: &a k\nz:\n  ${first}  ${again}`)).toBe(1);
  expect(keys(`x: &a k\nz:\n  k: 1\n  ${first}`)).toBe(1);
  // An anchor may be given again: the last one before it counts.
  expect(keys(`x: &a k\ny: &a l\nz:\n  k: 1\n  ${first}`)).toBe(0);
  const document = parseDocument(`x: &a k\nz:\n${Array.from({ length: 3000 }, () => `  ${first}`).join('')}`, {
    uniqueKeys: false,
  });
  const resolve = vi.fn();
  visit(document, (_, node) => {
    if (isAlias(node)) node.resolve = resolve;
  });
  expect(repeatedKeys(document)).toHaveLength(2999);
  expect(resolve).not.toHaveBeenCalled();
});

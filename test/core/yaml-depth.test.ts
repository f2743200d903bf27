import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../core/config/parse.ts';
import { readYaml } from '../../core/training/dvc/document.ts';
import { writeParams } from '../../core/training/params-yaml.ts';
import { MAX_YAML_DEPTH, NESTED_TOO_DEEPLY } from '../../core/yaml-depth.ts';

const lists = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
/** Of so many levels each, the first of which stands in line 3. */
const FORMS: readonly (readonly [string, (levels: number) => string])[] = [
  ['lists in brackets', (levels) => `a:\n  b:\n    ${lists(levels - 2)}\n`],
  ['keys in braces', (levels) => `a:\n  b:\n    ${'{c: '.repeat(levels - 2)}1${'}'.repeat(levels - 2)}\n`],
  ['list items', (levels) => `a:\n  b:\n    ${'- '.repeat(levels - 2)}1\n`],
  ['explicit keys', (levels) => `a:\n  b:\n    ${'? '.repeat(levels - 2)}1\n`],
];
const deep = { message: NESTED_TOO_DEEPLY, line: 3 };

describe.each(FORMS)('a document of %s', (_, of) => {
  test.each([MAX_YAML_DEPTH + 1, 2000])('%i deep is said to be nested too deeply, with its line', (levels) => {
    expect(parseConfig(of(levels))).toMatchObject({ ok: false, problems: [deep] });
    for (const read of [readYaml(of(levels), 'params.yaml'), writeParams(of(levels), {})])
      expect(read).toEqual({
        ok: false,
        message: expect.stringMatching(/^params\.yaml:3:\d+: nested too deeply: expected at most 100 levels/),
      });
  });

  test('is read as deep as it may be', () => {
    const read = parseConfig(of(MAX_YAML_DEPTH));
    expect(read.ok || read.problems.map(({ message }) => message)).not.toContain(NESTED_TOO_DEEPLY);
  });
});

test('keys below keys, each in its line, are said with the first line that goes too deep', () => {
  const text = Array.from({ length: 600 }, (_, level) => `${' '.repeat(level)}a:`).join('\n');
  expect(parseConfig(text)).toMatchObject({ ok: false, problems: [{ ...deep, line: MAX_YAML_DEPTH + 1 }] });
});

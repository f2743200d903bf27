import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WorkflowError } from '../../../local/workflows/errors.ts';
import { checkEnvironmentName, parseKeyValues, parsePaths } from '../../../local/workflows/file-commands.ts';

describe('parseKeyValues', () => {
  test.each([
    [
      'a=1\nb=2=3\n',
      [
        ['a', '1'],
        ['b', '2=3'],
      ],
    ],
    [
      'a=\r\n\r\nb=x\r\n',
      [
        ['a', ''],
        ['b', 'x'],
      ],
    ],
    [
      'a<<EOF\none\n\ntwo=2\nEOF\nb=1',
      [
        ['a', 'one\n\ntwo=2'],
        ['b', '1'],
      ],
    ],
    ['a=x<<y\n', [['a', 'x<<y']]],
    ['a<<EOF\nEOF\n', [['a', '']]],
    ['', []],
  ])('reads %j', (content, expected) => {
    expect(parseKeyValues(content)).toEqual(expected);
  });

  test.each(['no separator', '=value', '<<EOF\nx\nEOF', 'a<<\nx\n', 'a<<EOF\nnever closed\n'])(
    'refuses %j',
    (content) => {
      expect(() => parseKeyValues(content)).toThrow(WorkflowError);
    },
  );

  test('reads back any value that is written as a block', () => {
    const line = fc.string().filter((text) => !text.includes('\n') && !text.endsWith('\r') && text !== 'DELIMITER');
    const value = fc.array(line).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(value, (text) => {
        const block = text === '' ? '' : `${text}\n`;
        expect(parseKeyValues(`name<<DELIMITER\n${block}DELIMITER\n`)).toEqual([['name', text]]);
      }),
    );
  });

  test('ends in pairs or in a WorkflowError, whatever it reads', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '=', '<', '\n', '\r', 'E') }), (text) => {
        try {
          for (const [name] of parseKeyValues(text)) expect(name).not.toBe('');
        } catch (error) {
          expect(error).toBeInstanceOf(WorkflowError);
        }
      }),
    );
  });
});

test('GITHUB_PATH holds one directory a line', () => {
  expect(parsePaths('/a\n\n/b c\r\n')).toEqual(['/a', '/b c']);
});

test.each([
  ['MINE', 'allowed'],
  ['GITHUB_REF', 'reserved'],
  ['runner_temp', 'reserved'],
])('the variable %s is %s', (name, verdict) => {
  expect(checkEnvironmentName(name)).toBe(verdict);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { logText } from '../../../core/reports/workflow-log.ts';
import { EVERY_ATTACK } from './hostile.ts';
import { commandsIn } from './runner.ts';

test.each([
  ['::error::forged', ': :error::forged'],
  ['  ::add-mask::a', '  : :add-mask::a'],
  ['words\r::debug::x', 'words\n: :debug::x'],
  ['text ##[group]', 'text ## [group]'],
  ['\u001b[31mred', '\ufffd[31mred'],
  ['run 01J is trained: core::model\nsecond line', 'run 01J is trained: core::model\nsecond line'],
])('%j is logged as %j', (hostile, logged) => {
  expect(logText(hostile)).toBe(logged);
});

test('the reader of this test finds commands as a runner does', () => {
  expect(commandsIn('a\n::error file=a%2Cb::c\r\n  ::group::x\nb ##[debug]y\n:: no')).toEqual([
    { command: 'error', properties: { file: 'a,b' }, data: 'c' },
    { command: 'group', properties: {}, data: 'x' },
    { command: 'debug', properties: {}, data: 'y' },
  ]);
});

test('no text holds a command', () => {
  for (const attack of EVERY_ATTACK) expect(commandsIn(logText(attack))).toEqual([]);
  const piece = fc.constantFrom(
    '::',
    ':',
    '##[',
    '#',
    '[',
    ']',
    'error',
    ' ',
    '\t',
    '\r',
    '\n',
    '\u0085',
    '\u00a0',
    '\ufeff',
    '\u2028',
    '\u0000',
    'x',
  );
  const text = fc.array(piece, { maxLength: 14 }).map((list) => list.join(''));
  fc.assert(
    fc.property(text, (value) => {
      expect(commandsIn(`${logText(value)}\n`)).toEqual([]);
    }),
    { numRuns: 2000 },
  );
});

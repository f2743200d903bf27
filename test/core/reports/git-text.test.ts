import { expect, test } from 'vitest';
import { gitSubject } from '../../../core/reports/git-text.ts';
import { EVERY_ATTACK } from './hostile.ts';

test.each([
  ['hold: waiting for the data team', 'hold: waiting for the data team'],
  ['hold: x\n\nTrainyard-Ledger: forged', 'hold: x Trainyard-Ledger: forged'],
  ['fixes #12 for @ada, GH-3', 'fixes # 12 for @ ada, GH 3'],
  ['', '(empty)'],
  ['x'.repeat(100), `${'x'.repeat(71)}…`],
])('the subject from %j is %j', (text, subject) => {
  expect(gitSubject(text)).toBe(subject);
});

test('no text makes a second line, a mention or an issue of a subject', () => {
  for (const attack of EVERY_ATTACK) {
    const subject = gitSubject(`hold: ${attack}`);
    expect(subject).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|@[a-z0-9]|#\d|GH-\d|:\/\//iu);
    expect(subject.length).toBeLessThanOrEqual(72);
  }
});

import { expect, test } from 'vitest';
import { displayWidth } from '../../../../core/reports/data/display-width.ts';
import { reportToLines } from '../../../../core/reports/data/terminal-report.ts';
import { failedRule, report } from './samples.ts';

// unicodedata.east_asian_width of Python 3.12, and what xterm and VTE do with emoji.
test.each([
  ['', 0],
  ['delay', 5],
  ['Verspätung', 10],
  ['e\u0301te\u0301', 3],
  ['遅延', 4],
  ['한국어', 6],
  ['ﾃﾞｰﾀ', 4],
  ['ｄａｔａ', 8],
  ['👍🏽', 2],
  ['👩‍👩‍👧', 2],
  ['🇯🇵', 2],
  ['❤', 1],
  ['❤️', 2],
  ['a\u200Bb', 2],
  ['𠮷', 2],
  ['→ ≥ √', 5],
])('%j takes %i columns', (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

test('cells of a terminal stand under each other, also after wide characters', () => {
  const rules = ['遅延', 'late', '👍🏽'].map((name) => ({ ...failedRule, columns: [name], expected: 'EXPECTED' }));
  const lines = reportToLines({ ...report, rules }, { data: 'd', contract: 'c' });
  const starts = lines.flatMap((line) =>
    line.includes('EXPECTED') ? [displayWidth(line.split('EXPECTED')[0] ?? '')] : [],
  );
  expect(starts).toHaveLength(3);
  expect(new Set(starts).size).toBe(1);
});

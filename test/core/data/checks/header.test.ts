import { expect, test } from 'vitest';
import { judgeHeader } from '../../../../core/data/checks/header.ts';
import { parseContract } from '../../../../core/data/contract.ts';
import { CONTRACT_FILE, contractText } from '../contract-samples.ts';

function missing(declared: string, present: readonly string[]): string | undefined {
  const read = parseContract(contractText(`- { name: ${JSON.stringify(declared)} }`), { file: CONTRACT_FILE });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return judgeHeader(read.contract, present).find(({ rule }) => rule === 'column_missing')?.found;
}

test.each([
  ['another case', 'name', 'Name', '"Name": rename it there or here (trainyardColumnCase: ignore lets case differ)'],
  ['a space before it', 'name', ' name', '" name": rename it there or here'],
  ['another separator', 'dep_time', 'dep time', '"dep time": rename it there or here'],
  ['a character without width', 'name', 'na\u200bme', '"na\\u{200b}me": rename it there or here'],
  ['a byte order mark too many', 'name', '\ufeffname', '"\\u{feff}name": rename it there or here'],
  ['a letter of Cyrillic', 'name', 'n\u0430me', '"n\\u{430}me": rename it there or here'],
  ['a typo', 'carrier', 'carrrier', '"carrrier": rename it there or here'],
  ['a typo in Cyrillic', 'город', 'горрод', '"горрод": rename it there or here'],
])('of a missing column that is there with %s it is said', (_, declared, present, says) => {
  expect(missing(declared, ['other', present])).toBe(`no such column, but there is ${says}`);
});

test('of one that is there under no such name nothing is guessed', () => {
  expect(missing('name', ['other', ''])).toBe('no such column');
  expect(missing('b', ['c'])).toBe('no such column');
  expect(
    missing(
      'carrier',
      Array.from({ length: 3000 }, (_, at) => `carriers${at}`),
    ),
  ).toBe('no such column');
});

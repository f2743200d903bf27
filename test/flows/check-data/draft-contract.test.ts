import { rmSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { localFiles } from '../../../adapters/duckdb/files.ts';
import { parseContract } from '../../../core/data/contract.ts';
import { draftContract } from '../../../flows/check-data/draft-contract.ts';
import { bundledEngines, conversion } from '../../adapters/duckdb/bundled-engines.ts';
import { CONTRACT_FILE } from '../../core/data/contract-samples.ts';
import { dataFolder } from './checking.ts';

const folder = dataFolder();
afterAll(() => rmSync(folder.directory, { recursive: true, force: true }));

async function draft(data: string) {
  const files = localFiles({ directory: folder.directory, conversion });
  const limits = { memoryMb: 256, wideMemoryMb: 1024, threads: 2, seconds: 60, temporaryMb: 64 };
  const request = { dataset: 'messy', data, limits, today: '2026-06-01' };
  const drafted = await draftContract(request, { engines: bundledEngines(), files });
  await files.close();
  return drafted;
}

const rows = (row: (at: number) => string, count = 40): string =>
  Array.from({ length: count }, (_, at) => row(at)).join('');

describe('the contract of messy data is one that it passes, with what can be said of it:', () => {
  test.each<[what: string, name: string, content: string, says: RegExp]>([
    [
      'a column without a name',
      'index.csv',
      `,a\n${rows((at) => `${at},x\n`)}`,
      /Left out: 1 of its columns[\s\S]*name: a\n/,
    ],
    [
      'a delimiter at the end of each line',
      'end.csv',
      `a,b,\n${rows((at) => `${at},x,\n`)}`,
      /name: a\n[\s\S]*name: b\n/,
    ],
    ['a name of very many characters', 'long.csv', `${'x'.repeat(300)},b\n1,2\n`, /Left out: 1[\s\S]*name: b\n/],
    [
      'an integer that no double holds',
      'huge.csv',
      `a,b\n${rows((at) => `${at % 9 === 0 ? '9'.repeat(400) : at},x\n`)}`,
      /logicalType: integer/,
    ],
    [
      'text behind more numbers than are counted',
      'late.csv',
      `a,b\n${rows((at) => `${at}.5,x\n`, 500_100)}about 7,x\n`,
      /not every value is of the type number, so none is stated: 1 of 500101 rows/,
    ],
    ['a number in JSON beyond doubles', 'inf.jsonl', `${rows((at) => `{"a":${at}.5}\n`)}{"a":1e400}\n`, /1 of 41 rows/],
    [
      'numbers, and NA where there is none',
      'na.csv',
      `a,b\n${rows((at) => `${at % 9 === 0 ? 'NA' : at},x\n`)}`,
      /missing: \[ NA \][\s\S]*# 5 values are read as missing \("NA"\), the others are of the type integer\n +- name: a\n +logicalType: integer/,
    ],
    [
      'numbers and days, and several texts where there is none',
      'gaps.csv',
      `a,b,c\n${rows((at) => `${at === 9 ? '?' : at === 20 ? 'null' : at - 9},${at % 7 === 0 ? 'N/A' : `2026-01-${10 + (at % 20)}`},x${at}\n`)}`,
      /missing: \[ "\?", N\/A, "null" \][\s\S]*name: a\n +logicalType: integer[\s\S]*name: b\n +logicalType: date/,
    ],
    [
      'a text that is missing in one column and may be a value in another',
      'namibia.csv',
      `a,b\n${rows((at) => `${at % 9 === 0 ? 'NA' : at},${at % 2 === 0 ? 'NA' : 'DE'}\n`)}`,
      /# Drop one that is a value: NA is Namibia, too[\s\S]*20 values are read as missing \("NA"\), as in other columns: drop from trainyardDialect \(missing\) what is a value here\n +- name: b\n +logicalType: string\n +quality/,
    ],
    [
      'postcodes, which are text by their zeros, and NA',
      'zip.csv',
      `a\n${rows((at) => `${at % 9 === 0 ? 'NA' : `${at * 1700}`.padStart(5, '0')}\n`)}`,
      /"NA" is there: where it means[^\n]*\n +- name: a\n +logicalType: string\n +required: true/,
    ],
    [
      'numbers with NA and a word that is none',
      'na-word.csv',
      `a,b\n${rows((at) => `${at === 3 ? 'NA' : at === 30 ? 'many' : at},x\n`)}`,
      /# 2 values are no integer, as all others are: "NA" \(line 5\), "many" \(line 32\)[^\n]*\n +- name: a\n +logicalType: string/,
    ],
    [
      'words, and NA',
      'na-words.csv',
      `a\n${rows((at) => (at % 2 === 0 ? 'NA\n' : 'x\n'))}`,
      /validValues: \[ NA, x \]/,
    ],
    [
      'rows without a header, of which the last column alone has a word',
      'bare-words.csv',
      `1.5,2.5,ann@example.org,3\n${rows((at) => `${at}.5,${at}.25,ann${at}@example.org,${at === 7 ? 'none at all' : at}\n`)}`,
      /header: false[\s\S]*one value is no integer, as all others are: "none at all" \(line 9\)[^\n]*\n +- name: column_4\n/,
    ],
    [
      'numbers, and a few words',
      'words.csv',
      `a,b\n${rows((at) => `${at === 20 ? '7 or 8' : at === 33 ? 'none so far' : at},x\n`)}`,
      /# 2 values are no integer, as all others are: "7 or 8" \(line 22\), "none so far" \(line 35\)\. Mend them[^\n]*state logicalType: integer\n +- name: a\n +logicalType: string/,
    ],
    [
      'days, and one that is none',
      'days.csv',
      `a,b\n${rows((at) => `${at === 20 ? '31.12.2025' : `2026-01-${10 + (at % 20)}`},x\n`)}`,
      /# one value is no date, as all others are: "31\.12\.2025" \(line 22\)/,
    ],
    [
      'codes, of which one that is rare is written otherwise',
      'codes.csv',
      `a,b\n${rows((at) => `${at === 30 ? 'ab-12' : `N-${100 + at}`},x\n`)}`,
      /name: a\n[\s\S]*minLength: 5\n +maxLength: 5\n(?! +pattern)/,
    ],
    [
      'NA behind more numbers than are counted',
      'late-na.csv',
      `a,b\n${rows((at) => `${at}.5,x\n`, 500_100)}NA,x\n`,
      /missing: \[ NA \][\s\S]*one value is read as missing \("NA"\), the others are of the type number[\s\S]*logicalType: number/,
    ],
    [
      'spaces around its fields',
      'padded.csv',
      `a,  b ,c\n${rows((at) => `  ${at}, x${at % 3} , ${at}.50\n`)}`,
      /# Spaces stand around fields: trim leaves them out\.[\s\S]*trim: true[\s\S]*name: a\n +logicalType: integer[\s\S]*name: b\n +logicalType: string[\s\S]*validValues: \[ x0, x1, x2 \][\s\S]*name: c\n +logicalType: number/,
    ],
    [
      'spaces before its quotes',
      'quoted.csv',
      `a, "b"\n${rows((at) => `${at}, "x, ${at % 3}"\n`)}`,
      /trim: true[\s\S]*name: b\n/,
    ],
    [
      'spaces around a value that is text all the same',
      'text.csv',
      `a,b\n${rows((at) => `${at}, x${at % 3}\n`)}`,
      /^(?![\s\S]*trim)[\s\S]*validValues: \[ " x0", " x1", " x2" \]/,
    ],
    [
      'thousands of columns',
      'broad.csv',
      [0, 1, 2]
        .map((row) => Array.from({ length: 1800 }, (_, at) => (row === 0 ? `${at}${'x'.repeat(136)}` : row)).join())
        .join('\n'),
      /1800 columns: comments were left out[\s\S]*, logicalType: integer, required: true, logicalTypeOptions: \{ minimum/,
    ],
    [
      'thousands of columns with long names',
      'long-names.csv',
      [0, 1]
        .map((row) => Array.from({ length: 2000 }, (_, at) => (row === 0 ? `${at}${'y'.repeat(180)}` : row)).join())
        .join('\n'),
      /2000 columns: ranges, sets of values and comments were left out[\s\S]*logicalType: integer, required: true \}/,
    ],
    [
      'names that are SQL, YAML and Markdown',
      'n.csv',
      '"a: [b","# c","`d`","\'; --","null"\n1,2,3,4,5\n',
      /name: "null"/,
    ],
  ])('%s', async (_, name, content, says) => {
    const drafted = await draft(folder.put(name, content));
    if (!drafted.ok) throw new Error(drafted.reason);
    expect(drafted.contract).toMatch(says);
    const parsed = parseContract(drafted.contract, { file: CONTRACT_FILE });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const report = await folder.check(name, parsed.contract, { limits: { wideMemoryMb: 1024 } });
    expect(report).toMatchObject({ status: 'passed', reason: null });
  });
});

describe('no contract is drafted, with the reason, where none could be met:', () => {
  test.each([
    ['a name twice', 'a,a\n1,2\n', /several columns are named "a"/],
    ['several columns without names', ',,b\n1,2,3\n', /several columns are named ""/],
    ['one column without a name', '\n\n', /no column of the data has a name/],
    ['one column named by blanks', '  \nx\n', /no column of the data has a name/],
    ['no bytes', '', /the file is empty/],
  ])('%s', async (_, content, reason) => {
    expect(await draft(folder.put('bad.csv', content))).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });
});

import { rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { localFiles } from '../../../adapters/duckdb/files.ts';
import { parseContract } from '../../../core/data/contract.ts';
import { draftContract } from '../../../flows/check-data/draft-contract.ts';
import { profileData } from '../../../flows/check-data/profile-data.ts';
import { bundledEngines, conversion } from '../../adapters/duckdb/bundled-engines.ts';
import { CONTRACT_FILE, contract } from '../../core/data/contract-samples.ts';
import { dataFolder, places } from './checking.ts';

const folder = dataFolder();
afterAll(() => rmSync(folder.directory, { recursive: true, force: true }));

const PEOPLE = contract(`
- { name: id, logicalType: integer, primaryKey: true }
- { name: town, logicalType: string }
- { name: score, logicalType: number, logicalTypeOptions: { maximum: 30 } }`);
const HEADERLESS = { ...PEOPLE, dialect: { header: false } };
const ROWS = '1,"a\nb",34.5\n2,bob@example.org,12\n3,carl@example.org,99\n';

describe('a file whose first line is a row, as the contract states,', () => {
  test('has the columns of the contract, in its order, and lines that are right', async () => {
    const report = await folder.check(folder.put('rows.csv', ROWS), HEADERLESS);
    expect([report.rows, report.columns.map(({ name }) => name)]).toEqual([3, ['id', 'town', 'score']]);
    expect(places(report)).toEqual(expect.arrayContaining(['rows.csv:1 score maximum', 'rows.csv:4 score maximum']));
  });

  test.each([
    ['with plain lines', 'plain.csv', '1,x,3\n2,y,31\n'],
    ['in gzip', 'packed.csv.gz', gzipSync('1,x,3\n2,y,31\n')],
    ['with semicolons', 'semicolons.csv', '1;x;3\n2;y;31\n'],
    ['in UTF-16', 'wide.csv', Buffer.from('\uFEFF1,x,3\n2,y,31\n', 'utf16le')],
    ['in two files', 'two', '1,x,3\n2,y,31\n'],
  ])('%s', async (_, name, text) => {
    folder.put(name === 'two' ? 'two/b.csv' : name, text);
    if (name === 'two') folder.put('two/a.csv', '5,x,3\n');
    const report = await folder.check(name, HEADERLESS);
    const file = name === 'two' ? 'two/b.csv' : name;
    expect([report.rows, places(report)]).toEqual([name === 'two' ? 3 : 2, [`${file}:2 score maximum`]]);
  });

  test('is refused where a row has another number of cells than the first', async () => {
    const report = await folder.check(folder.put('ragged.csv', '1,x,3\n2,y\n'), HEADERLESS);
    expect(report).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('3 columns as in the first line'),
    });
  });

  test('and has more columns, or fewer', async () => {
    const more = await folder.check(folder.put('more.csv', '1,x,3,4\n'), HEADERLESS);
    expect(places(more)).toEqual(['flights.odcs.yaml:null column 4 column_undeclared']);
    const fewer = await folder.check(folder.put('fewer.csv', '1,x\n'), HEADERLESS);
    expect(fewer.rules.filter(({ status }) => status === 'failed')).toMatchObject([
      { rule: 'column_missing', columns: ['score'] },
    ]);
  });

  test('is compared with a base like it, row by row', async () => {
    folder.put('before.csv', '1,x,3\n2,y,4\n');
    folder.put('after.csv', '2,y,5\n3,z,4\n');
    const { base } = await folder.check('after.csv', HEADERLESS, { base: 'before.csv' });
    expect(base?.diff).toMatchObject({ added: 1, removed: 1, changed: 1 });
  });
});

describe('a first line that names none of the contract’s columns', () => {
  test('is one finding at that line, without what it holds', async () => {
    const report = await folder.check(folder.put('none.csv', '7,x@example.org,3\n8,y@example.org,4\n'), PEOPLE);
    expect(places(report)).toContain('none.csv:1 null columns');
    expect(report.rules.map(({ rule }) => rule)).not.toContain('column_undeclared');
    expect(report.findings.find(({ rule }) => rule === 'columns')?.message).toContain('header: false');
    expect(JSON.stringify(report)).not.toContain('x@example.org');
  });

  test.each([
    ['one of them', 'x,town,y'],
    ['one in another case', 'x,Town,y'],
    ['half of them nearly', 'scores,y,towns'],
  ])('is told from one that names %s', async (_, header) => {
    const report = await folder.check(folder.put('some.csv', `${header}\n1,2,3\n`), PEOPLE);
    expect(report.rules.map(({ rule }) => rule)).toContain('column_undeclared');
  });

  test('stays hidden in what is said of the base', async () => {
    folder.put('right.csv', 'id,town,score\n1,x,3\n');
    folder.put('wrong.csv', '1,canary@example.org,3\n2,y,4\n');
    for (const [head, base] of [
      ['right.csv', 'wrong.csv'],
      ['wrong.csv', 'right.csv'],
    ] as const)
      expect(JSON.stringify(await folder.check(head, PEOPLE, { base }))).not.toContain('canary');
  });
});

async function withFiles<T>(run: (ports: Parameters<typeof draftContract>[1]) => Promise<T>): Promise<T> {
  const files = localFiles({ directory: folder.directory, conversion });
  try {
    return await run({ engines: bundledEngines(), files });
  } finally {
    await files.close();
  }
}

const LIMITS = { memoryMb: 256, wideMemoryMb: 1024, threads: 2, seconds: 60, temporaryMb: 64 };

function request(data: string) {
  return { dataset: 'people', data, limits: LIMITS, today: '2026-06-01' };
}

test('a contract is drafted of rows without a header, which they meet', async () => {
  const rows = Array.from({ length: 30 }, (_, at) => `${(at * 7) % 11}.5,person${at}@example.org,${at % 3}`).join('\n');
  const name = folder.put('draft.csv', rows);
  const drafted = await withFiles((ports) => draftContract(request(name), ports));
  if (!drafted.ok) throw new Error(drafted.reason);
  expect(drafted).toMatchObject({ rows: 30, contract: expect.stringContaining('name: column_3') });
  expect(drafted.contract).not.toContain('person0');
  const parsed = parseContract(drafted.contract, { file: CONTRACT_FILE });
  if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
  expect(parsed.contract.dialect).toEqual({ header: false });
  expect(await folder.check(name, parsed.contract)).toMatchObject({ status: 'passed', rows: 30 });
});

test.each([
  ['of rows without a header', null, 'looks like the other rows'],
  ['where no column of the contract is named', PEOPLE, 'names none of the contract’s columns'],
])('no profile is made %s, which would show a row as names', async (_, stated, reason) => {
  const name = folder.put('profile.csv', '7,x@example.org,3.5\n8,y@example.org,4\n');
  const profiled = await withFiles((ports) => profileData({ ...request(name), contract: stated, add: null }, ports));
  expect(profiled).toMatchObject({ ok: false, reason: expect.stringContaining(reason) });
  const known = await withFiles((ports) => profileData({ ...request(name), contract: HEADERLESS, add: null }, ports));
  expect(known).toMatchObject({ ok: true, profile: { rows: 2 } });
});

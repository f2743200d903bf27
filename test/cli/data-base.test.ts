import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MAX_PROFILE } from '../../core/data/profile/profile.ts';
import { parseProfile } from '../../core/data/profile/profile-text.ts';
import { DataReport } from '../../core/data/report/data-report.ts';
import { contractText } from '../core/data/contract-samples.ts';
import { call } from './world.ts';

let directory = '';
const put = (name: string, text: string): void => writeFileSync(join(directory, name), text);
const data = (...args: string[]) => call(['data', ...args], { directory });

/** Flights of which a share is of a carrier that the base does not have. */
function flights(from: number, to: number, fresh: number): string {
  const rows = Array.from({ length: to - from }, (_, at) => {
    const carrier = at < (to - from) * fresh ? 'ZZ' : ['AA', 'DL', 'UA'][at % 3];
    return `${from + at},${(at * 7) % 90},${carrier},u${at}@example.org`;
  });
  return `id,delay,carrier,mail\n${rows.join('\n')}\n`;
}

let made = { code: -1, out: '' };

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'cli-data-base-'));
  put(
    'c.yaml',
    contractText(`- { name: id, logicalType: integer, primaryKey: true }
- { name: delay, logicalType: integer }
- { name: carrier, logicalType: string }
- { name: mail, logicalType: string, unique: true }`),
  );
  put('base.csv', flights(0, 600, 0));
  put('head.csv', flights(100, 700, 0.5));
  put('first.csv', flights(0, 250, 0));
  put('second.csv', `id,delay,carrier,mail\n${flights(0, 600, 0).split('\n').slice(251).join('\n')}`);
  made = await data('profile', 'base.csv', '--contract', 'c.yaml', '--out', 'base.json');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('a stored profile stands for the base’s data', async () => {
  expect([made.code, made.out]).toEqual([
    0,
    expect.stringMatching(/^wrote base\.json: 600 rows, 4 columns, [\d.]+ kB$/m),
  ]);
  const check = ['check', 'head.csv', '--contract', 'c.yaml', '--json'];
  const byProfile = DataReport.parse(JSON.parse((await data(...check, '--base-profile', 'base.json')).out));
  const byData = DataReport.parse(JSON.parse((await data(...check, '--base', 'base.csv')).out));
  expect(byProfile.base).toMatchObject({ kind: 'profile', source: 'base.json', rows: 600, diff: null });
  expect(byProfile.base?.notCompared).toContainEqual(expect.objectContaining({ what: 'rows', code: 'profile_only' }));
  expect(byProfile.base?.drift).toEqual(byData.base?.drift);
  expect(byProfile.base?.drift).toContainEqual(
    expect.objectContaining({ column: 'carrier', drifted: true, newCategories: ['ZZ'] }),
  );
});

test('a profile is small, and holds nothing of what is personal', async () => {
  const text = readFileSync(join(directory, 'base.json'), 'utf8');
  expect(statSync(join(directory, 'base.json')).size).toBeLessThan(4 * 4096);
  expect(text).not.toContain('example.org');
  expect(parseProfile(text).columns).toMatchObject([{}, {}, {}, { kind: 'withheld', total: 600 }]);
});

test('profiles of parts, added up, are the profile of the whole', async () => {
  const profile = async (...args: string[]) => {
    expect((await data('profile', ...args, '--contract', 'c.yaml', '--dataset', 'd')).code).toBe(0);
    return parseProfile(readFileSync(join(directory, args.at(-1) ?? ''), 'utf8'));
  };
  await profile('first.csv', '--out', 'one.json');
  const both = await profile('second.csv', '--add', 'one.json', '--out', 'both.json');
  const whole = { ...parseProfile(readFileSync(join(directory, 'base.json'), 'utf8')), dataset: 'd' };
  // Mean and squares are equal up to rounding.
  const exact = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value, (key, part) => (['mean', 'squares'].includes(key) ? 0 : part)));
  expect(exact(both)).toEqual(exact(whole));
});

test.each([
  ['no profile', 'c.yaml', /c\.yaml is no profile that can be used \(make one with: trainyard data profile/],
  ['nothing', 'nowhere.json', /nowhere\.json can’t be read/],
  ['a damaged one', 'damaged.json', /counts \d+ rows and the profile 601/],
  ['one of another version', 'version.json', /version 1: version/],
  ['a bomb', 'bomb.json', /are more than any profile has/],
])('%s is refused as a profile, and nothing is checked', async (_what, path, says) => {
  const good = readFileSync(join(directory, 'base.json'), 'utf8');
  put('damaged.json', good.replace('"rows":600', '"rows":601'));
  put('version.json', good.replace('"version":1', '"version":9'));
  if (path === 'bomb.json') put(path, '['.repeat(MAX_PROFILE * 3 + 1));
  const { code, err } = await data('check', 'head.csv', '--contract', 'c.yaml', '--base-profile', path);
  expect([code, err]).toEqual([2, expect.stringMatching(says)]);
});

test.each([
  [['profile', 'base.csv'], /--out is missing/],
  [['profile', 'nowhere.csv', '--out', 'x.json'], /no profile can be made of nowhere\.csv: no file matches/],
  [['profile', 'base.csv', '--out', 'x.json', '--add', 'c.yaml'], /is no profile/],
  [['check', 'head.csv', '--contract', 'c.yaml', '--base', 'a', '--base-profile', 'b'], /give one/],
])('data %j is a wrong call', async (args, says) => {
  const { code, out, err } = await data(...args);
  expect([code, `${out}${err}`]).toEqual([2, expect.stringMatching(says)]);
});

test('a profile of other columns is not added to', async () => {
  put('other.csv', 'x\n1\n');
  const { code, err } = await data(
    'profile',
    'other.csv',
    '--dataset',
    'flights',
    '--out',
    'x.json',
    '--add',
    'base.json',
  );
  expect([code, err]).toEqual([2, expect.stringMatching(/one profile has 4 columns, the other 1/)]);
});

test('the terminal shows verdict, rules in columns, places, the base, and what to do next', async () => {
  put('broken.csv', `id,delay,carrier,mail\n1,x,"A\nA",a@example.org\n,5,BB,b@example.org\n`);
  const { code, out } = await data('check', 'broken.csv', '--contract', 'c.yaml', '--base', 'base.csv');
  expect(code).toBe(1);
  const lines = out.split('\n');
  expect(lines[0]).toMatch(/^✗ flights breaks \d rules in 2 rows$/);
  const table = lines.filter((line) => /^[✗!] /.test(line)).slice(1);
  expect(table.length).toBeGreaterThan(1);
  expect(new Set(table.map((line) => line.indexOf('expected'))).size).toBe(1);
  expect(out).toMatch(/where:\n {2}broken\.csv:4 {2}id .*\n {2}broken\.csv:2 {2}delay .*found "x"/);
  expect(out).toMatch(/against the base:\n {2}Compared with base\.csv, 600 rows\.\n/);
  expect(out).toMatch(/rows by id: 0 added, 599 removed, 1 changed, 0 unchanged\n/);
  expect(out).toMatch(/\nnext: mend the data, or change the contract/);
  expect(out).not.toContain('example.org');
});

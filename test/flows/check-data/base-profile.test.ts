import { rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { localFiles } from '../../../adapters/duckdb/files.ts';
import type { DataContract } from '../../../core/data/contract-model.ts';
import type { DataProfile } from '../../../core/data/profile/profile.ts';
import { mergeProfiles, parseProfile, serialiseProfile } from '../../../core/data/profile/profile-text.ts';
import { profileData } from '../../../flows/check-data/profile-data.ts';
import { bundledEngines, conversion } from '../../adapters/duckdb/bundled-engines.ts';
import { contract } from '../../core/data/contract-samples.ts';
import { randomFrom } from '../../core/data/drift/digits.ts';
import { dataFolder } from './checking.ts';

const { check, put, directory } = dataFolder();
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function profile(
  data: string,
  stated: DataContract | null,
  add: DataProfile | null = null,
  dataset = 'flights',
): Promise<DataProfile> {
  const files = localFiles({ directory, conversion });
  const limits = { memoryMb: 512, threads: 2, seconds: 100, temporaryMb: 1024 };
  const made = await profileData(
    { dataset, data, limits, today: '2026-06-01', contract: stated, add },
    { engines: bundledEngines(), files },
  );
  await files.close();
  if (!made.ok) throw new Error(made.reason);
  return parseProfile(serialiseProfile(made.profile));
}

/** More different values than are counted one by one. */
const MANY = 510_000;

function sessions(rows: number, seed: number): string {
  const random = randomFrom(seed);
  const lines = Array.from({ length: rows }, () => `${(random() * 1e6).toFixed(6)},s${Math.floor(random() * 1e12)}`);
  return `x,session\n${lines.join('\n')}\n`;
}

test('columns with too many values to count are profiled in cells and by their least hashes, small whatever their size', async () => {
  const stated = contract('- { name: x, logicalType: number }\n- { name: session, logicalType: string }');
  put('many.csv', sessions(MANY, 3));
  const made = await profile('many.csv', stated);
  const text = serialiseProfile(made);
  expect(text.length).toBeLessThan(40_000);
  expect(made).toMatchObject({ rows: MANY, cap: 512 });
  const [x, session] = made.columns;
  expect(session).toMatchObject({ kind: 'categories', complete: false, total: MANY });
  if (x?.kind !== 'numbers' || session?.kind !== 'categories') throw new Error('expected numbers and categories');
  expect(session.entries).toHaveLength(512);
  expect([x.mean, x.min].map((value) => Math.round((value ?? 0) / 1e5))).toEqual([5, 0]);
  put('more.csv', sessions(1000, 4));
  const { base } = await check('more.csv', stated, { baseProfile: { name: 'p.json', profile: made } });
  expect(base?.drift).toMatchObject([{ column: 'x', drifted: false, sizes: { head: 1000, base: MANY } }]);
  expect(base?.notCompared).toContainEqual(expect.objectContaining({ column: 'session', code: 'too_many_categories' }));
});

test('the profile of a folder is that of its files merged', async () => {
  const random = randomFrom(6);
  const rows = (from: number): string =>
    `x,c\n${Array.from({ length: 700 }, (_, at) => `${from === 0 ? at : (random() * 99).toFixed(2)},${random() < 0.1 ? '' : 'abc'[at % 3]}`).join('\n')}\n`;
  put('parts/a.csv', rows(0));
  put('parts/b.csv', rows(1));
  const stated = contract('- { name: x, logicalType: number }\n- { name: c, logicalType: string }');
  const [a, b, whole] = [
    await profile('parts/a.csv', stated),
    await profile('parts/b.csv', stated),
    await profile('parts', stated),
  ];
  const exact = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value, (key, part) => (['mean', 'squares'].includes(key) ? 0 : part)));
  expect(exact(mergeProfiles(a, b))).toEqual(exact(whole));
  expect(exact(await profile('parts/b.csv', stated, a))).toEqual(exact(whole));
});

test.each([
  ['a column that is gone', 'x\n1\n2\n', 'column_removed', 'c'],
  ['nulls in an undeclared column', 'x,c\n1,\n2,a\n', 'nulls_appeared', 'c'],
])('of the schema a profile tells %s', async (_what, text, kind, column) => {
  put('old.csv', 'x,c\n1,a\n2,b\n');
  put('new.csv', text);
  const stated = contract('- { name: x, logicalType: integer }');
  const { base } = await check('new.csv', stated, {
    baseProfile: { name: 'p', profile: await profile('old.csv', null) },
  });
  expect(base?.schema).toMatchObject([{ kind, column, compatible: false, breaks: ['every reader'] }]);
});

test('a profile of another dataset is not compared, though it has the same columns', async () => {
  put('same.csv', 'x\n1\n2\n');
  const stated = contract('- { name: x, logicalType: integer }');
  const verdict = async (dataset: string) => {
    const stored = { name: 'p', profile: await profile('same.csv', stated, null, dataset) };
    const { status, base } = await check('same.csv', stated, { baseProfile: stored });
    return [status, base?.notCompared.map(({ code, reason }) => `${code}: ${reason}`).join()];
  };
  expect(await verdict('same')).toEqual(['passed', expect.stringMatching(/^profile_only/)]);
  expect(await verdict('weather')).toEqual([
    'not_checked',
    expect.stringMatching(/^other_dataset: it is a profile of the dataset "weather", and this is "flights": give/),
  ]);
});

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { marked } from 'marked';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchData } from '../../../actions/fetch-data/fetch-data.ts';
import type { DataAccess } from '../../../actions/runtime/data-access.ts';
import { openObjects } from '../../../actions/runtime/git-objects.ts';
import type { CheckPorts } from '../../../actions/validate/check-forms.ts';
import { validate } from '../../../actions/validate/validate.ts';
import { ValidationOrder, ValidationResult } from '../../../core/data/result.ts';
import { DataEngineError } from '../../../flows/check-data/ports.ts';
import { bundledEngines, conversion } from '../../adapters/duckdb/bundled-engines.ts';
import { GREETER, ROWS } from '../example.ts';
import { NO_ACCESS, openStage } from '../stage.ts';
import { lfsPointer, openStores, type Stores, sha256 } from '../stores.ts';

const stage = openStage();
afterAll(() => stage.close());

const CONTRACT = GREETER['src/rows.odcs.yaml'] ?? '';
const LOOSE = CONTRACT.replace('{ minimum: 0, maximum: 1 }', '{ minimum: 0, maximum: 9 }');
type Files = Readonly<Record<string, string | { readonly link: string }>>;

const LIMITS = { memoryMb: 256, threads: 2, seconds: 60, temporaryMb: 1024 };
const PORTS = { engines: bundledEngines(), conversion, limits: LIMITS, now: new Date('2026-06-01') };

interface Change {
  readonly at?: unknown;
  readonly baseProfile?: string | null;
  readonly locations?: readonly string[];
  readonly access?: DataAccess;
  readonly path?: string;
  readonly basePath?: string | null;
  readonly readBy?: readonly string[];
  readonly others?: readonly { readonly name: string; readonly path: string }[];
}

/** Both actions in a row, as the workflow runs them. */
async function checked(
  head: Files,
  base: Files | null = { 'rows.odcs.yaml': CONTRACT },
  { path = 'rows.csv', basePath = null, readBy = [], others = [], access = NO_ACCESS, ...rest }: Change = {},
  ports: CheckPorts = PORTS,
) {
  const headRepository = stage.repository(head);
  const baseRepository = stage.repository(base ?? { other: 'x' });
  const order = ValidationOrder.parse({
    dataset: 'rows',
    commit: headRepository.commit,
    path,
    contract: 'rows.odcs.yaml',
    baseCommit: baseRepository.commit,
    baseContract: base === null ? null : 'rows.odcs.yaml',
    basePath,
    readBy,
    others,
    ...rest,
  });
  const { artifacts } = await fetchData(
    { orders: [order] },
    stage.job(),
    {
      head: openObjects(headRepository.directory, process.env),
      base: openObjects(baseRepository.directory, process.env),
    },
    stage.artifacts,
    access,
  );
  const job = stage.job();
  const { results } = await validate({ orders: [order], artifacts }, job, stage.artifacts, ports);
  expect(results.map(({ dataset }) => dataset)).toEqual(['rows']);
  const result = ValidationResult.parse(JSON.parse(stage.take(results[0]?.id ?? 0, 'result.json').toString()));
  return { result, job };
}

/** The full report as the job left it beside the result. */
function fullReport(): string {
  return stage.take(stage.newest('trainyard-report-rows'), 'report.html').toString();
}

test('good data passes, and the result names what was checked by id', async () => {
  const { result, job } = await checked({ 'rows.csv': ROWS, 'rows.odcs.yaml': CONTRACT });
  expect(result).toMatchObject({
    status: 'passed',
    rows: 4,
    total: 0,
    contracts: [{ form: 'head' }, { form: 'base' }],
  });
  expect(result.data).toMatch(/^[0-9a-f]{40}$/);
  expect(result.report).toMatchObject({ status: 'passed', format: 'csv', rows: 4, base: null });
  expect(job.said.filter((line) => line.startsWith('error'))).toEqual([]);
});

test('a bad value is found at its line, annotated and summed up', async () => {
  const { result, job } = await checked({ 'rows.csv': `${ROWS}5,hey,many\n`, 'rows.odcs.yaml': CONTRACT });
  expect(result).toMatchObject({ status: 'failed', findings: [{ file: 'rows.csv', line: 6, column: 'label' }] });
  expect(job.said[0]).toMatch(/^error rows\.csv:6: /);
  expect(job.summaries[0]).toContain('line 6: `many`');
});

test('a contract that the head loosens must still hold in its base form', async () => {
  const { result } = await checked({ 'rows.csv': `${ROWS}5,hey,7\n`, 'rows.odcs.yaml': LOOSE });
  expect(result).toMatchObject({ status: 'failed', findings: [{ line: 6, column: 'label' }] });
});

test('what the head loosens is named, also where the data passes', async () => {
  const { result } = await checked({ 'rows.csv': ROWS, 'rows.odcs.yaml': LOOSE });
  expect(result.status).toBe('passed');
  expect(result.loosenings).toHaveLength(1);
  expect(result.loosenings[0]).toMatch(/label.*9/);
});

test('a new contract has no base form', async () => {
  const { result } = await checked({ 'rows.csv': ROWS, 'rows.odcs.yaml': CONTRACT }, null);
  expect(result).toMatchObject({ status: 'passed', contracts: [{ form: 'head' }] });
});

test.each([
  ['missing data', { 'rows.odcs.yaml': CONTRACT }, 'failed', 'rows.csv does not exist'],
  ['a missing contract', { 'rows.csv': ROWS }, 'failed', 'rows.odcs.yaml does not exist'],
  ['a contract that is no YAML', { 'rows.csv': ROWS, 'rows.odcs.yaml': 'a: [' }, 'failed', 'can’t be read'],
  [
    'a link in the data’s place',
    { 'rows.csv': { link: '/etc/passwd' }, 'rows.odcs.yaml': CONTRACT },
    'not_checked',
    'a link',
  ],
  [
    'a broken Git LFS pointer',
    { 'rows.csv': 'version https://git-lfs.github.com/spec/v1\noid sha256:1\n', 'rows.odcs.yaml': CONTRACT },
    'not_checked',
    'Git LFS',
  ],
])('%s is not green, and says why', async (_what, files, status, reason) => {
  const { result } = await checked(files as Files);
  expect(result).toMatchObject({ status, reason: expect.stringContaining(reason) });
});

test('data is compared with what the base has, wherever it lay there', async () => {
  const base = { 'rows.odcs.yaml': CONTRACT, 'old/rows.csv': ROWS };
  const head = { 'rows.csv': `${ROWS}5,hey,1\n`, 'rows.odcs.yaml': CONTRACT };
  const { result } = await checked(head, base, { basePath: 'old/rows.csv' });
  expect(result.status).toBe('passed');
  expect(result.report?.base).toMatchObject({ source: 'old/rows.csv', rows: 4, diff: { added: 1, unchanged: 4 } });
});

test('a column that a model reads and that is gone fails, though both contracts are met', async () => {
  const columns = ['id', 'word'].map((name) => `      - name: ${name}\n        logicalType: string\n`).join('');
  const contract = `${CONTRACT.slice(0, CONTRACT.indexOf('      - name: id'))}${columns}`;
  const head = { 'rows.csv': ROWS.replaceAll(/,(label|\d)$/gm, ''), 'rows.odcs.yaml': contract };
  const base = { 'rows.odcs.yaml': contract, 'rows.csv': ROWS };
  const { result } = await checked(head, base, { basePath: 'rows.csv', readBy: ['greeter'] });
  expect(result.status).toBe('failed');
  expect(JSON.stringify(result.report?.rules)).toContain('greeter');
});

test('a folder of files is one dataset, and named by the id of its tree', async () => {
  const [header = '', ...rows] = ROWS.trim().split('\n');
  const part = (lines: readonly string[]): string => [header, ...lines, ''].join('\n');
  const head = { 'rows/a.csv': part(rows.slice(0, 2)), 'rows/b.csv': part(['9,x,7', ...rows.slice(2)]) };
  const contract = { 'rows.odcs.yaml': CONTRACT };
  const { result } = await checked({ ...head, ...contract }, contract, { path: 'rows' });
  expect(result).toMatchObject({
    rows: 5,
    status: 'failed',
    findings: [{ file: 'rows/b.csv', line: 2, column: 'label' }],
  });
  expect(result.data).toMatch(/^[0-9a-f]{40}$/);
});

test('files that a pattern matches are one dataset, and no others of their folder', async () => {
  const contract = { 'rows.odcs.yaml': CONTRACT };
  const head = { 'rows/deep/a.csv': ROWS, 'rows/deep/notes.txt': 'x', 'rows/b.csv': 'id,word,label\n9,x,7\n' };
  const change = { path: 'rows/**/*.csv' };
  const { result } = await checked({ ...head, ...contract }, contract, change);
  expect(result).toMatchObject({ rows: 5, status: 'failed', findings: [{ file: 'rows/b.csv', line: 2 }] });
  const more = await checked({ ...head, ...contract, 'rows/c.csv': ROWS }, contract, change);
  expect(more.result.data).not.toBe(result.data);
});

describe('data that is not in git', () => {
  let stores: Stores;
  beforeAll(async () => {
    stores = await openStores();
  });
  afterAll(() => stores.close());
  const contract = { 'rows.odcs.yaml': CONTRACT };
  const bad = `${ROWS}5,hey,7\n`;

  test.each([
    ['good', ROWS, 'passed'],
    ['bad', bad, 'failed'],
  ])('but %s, behind a pointer of Git LFS, is checked as it is', async (_what, rows, status) => {
    stores.lfs.set(sha256(rows), rows);
    const { result } = await checked({ 'rows.csv': lfsPointer(rows), ...contract }, contract, {
      access: stores.access,
    });
    expect(result).toMatchObject({
      status,
      report: { pins: [{ source: 'rows.csv', kind: 'sha256', value: sha256(rows) }] },
    });
  });

  test('but in a store is checked without a pin, and its digest is said', async () => {
    stores.s3.set('team/rows.csv', ROWS);
    const location = 's3://team/rows.csv';
    const change = { at: { location, version: null, sha256: null }, locations: ['s3://team/'], access: stores.access };
    const { result } = await checked(contract, contract, change);
    expect(result).toMatchObject({
      status: 'passed',
      rows: 4,
      report: { pins: [{ source: location, kind: 'sha256', value: sha256(ROWS) }, { kind: 'etag' }] },
    });
    const lost = await checked(contract, contract, { ...change, locations: [] });
    expect(lost.result).toMatchObject({ status: 'not_checked', reason: expect.stringContaining('policy.locations') });
  });

  test('in the base is compared with, and fetched for it', async () => {
    const older = ROWS.replace('4,lamp,0\n', '');
    stores.lfs.set(sha256(ROWS), ROWS).set(sha256(older), older);
    const base = { 'rows.csv': lfsPointer(older), ...contract };
    const change = { basePath: 'rows.csv', access: stores.access };
    const { result } = await checked({ 'rows.csv': lfsPointer(ROWS), ...contract }, base, change);
    expect(result.report?.base).toMatchObject({ rows: 3, diff: { added: 1, unchanged: 3 } });
  });

  test('and the same in head and base is fetched once', async () => {
    stores.lfs.set(sha256(ROWS), ROWS);
    stores.asked.length = 0;
    const files = { 'rows.csv': lfsPointer(ROWS), ...contract };
    const { result } = await checked(files, files, { basePath: 'rows.csv', access: stores.access });
    expect(result.report?.base).toMatchObject({ rows: 4, diff: { unchanged: 4 } });
    expect(stores.asked).toHaveLength(2);
  });

  test('in the base and gone there leaves the check open: nothing was compared', async () => {
    const base = { 'rows.csv': lfsPointer('gone'), ...contract };
    const { result } = await checked({ 'rows.csv': ROWS, ...contract }, base, {
      basePath: 'rows.csv',
      access: stores.access,
    });
    expect(result.status).toBe('not_checked');
    expect(result.report?.rules).toContainEqual(expect.objectContaining({ rule: 'base', status: 'not_checked' }));
  });

  test('in the base is not fetched where a stored profile stands for it', async () => {
    const older = ROWS.replace('4,lamp,0\n', '');
    stores.lfs.set(sha256(ROWS), ROWS).delete(sha256(older));
    const base = { 'rows.csv': lfsPointer(older), 'rows.profile.json': await profileOf(older), ...contract };
    const change = { basePath: 'rows.csv', baseProfile: 'rows.profile.json', access: stores.access };
    const { result } = await checked({ 'rows.csv': lfsPointer(ROWS), ...contract }, base, change);
    expect(result).toMatchObject({ status: 'passed', report: { base: { kind: 'profile', rows: 3 } } });
    const broken = await checked({ 'rows.csv': ROWS, ...contract }, { ...base, 'rows.profile.json': '{}' }, change);
    expect(broken.result.status).toBe('not_checked');
  });
});

/** As `trainyard data profile` makes it. */
async function profileOf(rows: string): Promise<string> {
  const { directory } = stage.repository({});
  writeFileSync(join(directory, 'rows.csv'), rows);
  writeFileSync(join(directory, 'rows.odcs.yaml'), CONTRACT);
  const args = ['data', 'profile', 'rows.csv', '--contract', 'rows.odcs.yaml', '--out', 'rows.profile.json'];
  execFileSync(process.execPath, [join(import.meta.dirname, '../../../cli/main.ts'), ...args], { cwd: directory });
  return readFileSync(join(directory, 'rows.profile.json'), 'utf8');
}

describe('a key to another dataset', () => {
  const keyed = CONTRACT.replace(
    '      - name: word\n',
    '      - name: word\n        relationships: [{ to: words.word }]\n',
  );
  const head = { 'rows.csv': ROWS, 'rows.odcs.yaml': keyed, 'words/a.csv': 'word\nhello\nstone\n' };
  const others = [{ name: 'words', path: 'words' }];

  test('is held to the config’s dataset of that name', async () => {
    const { result } = await checked(head, null, { others });
    expect(result.status).toBe('failed');
    expect(result.report?.rules).toContainEqual(expect.objectContaining({ rule: 'foreign_key', count: 2 }));
  });

  test.each([
    ['has none of that name', []],
    ['names a file that is not there', [{ name: 'words', path: 'gone.csv' }]],
  ])('is not checked where the config %s', async (_what, declared) => {
    const { result } = await checked(head, null, { others: declared });
    expect(result.status).toBe('not_checked');
  });
});

test('a link in a folder of data is not followed', async () => {
  const head = { 'rows/a.csv': ROWS, 'rows/b.csv': { link: '/etc/passwd' }, 'rows.odcs.yaml': CONTRACT };
  const { result } = await checked(head, { 'rows.odcs.yaml': CONTRACT }, { path: 'rows' });
  expect(result).toMatchObject({ status: 'not_checked', reason: expect.stringContaining('a link') });
});

test('the full report is left beside the result, in one file', async () => {
  await checked({ 'rows.csv': `${ROWS}5,hey,7\n`, 'rows.odcs.yaml': CONTRACT });
  expect(fullReport()).toContain('<!doctype html>');
});

test('without its engine nothing passes, and the result says what to do', async () => {
  const error = new DataEngineError('not_installed', 'no library: put it there');
  const broken = { ...PORTS, engines: { open: () => Promise.reject(error) } };
  const { result } = await checked({ 'rows.csv': ROWS, 'rows.odcs.yaml': CONTRACT }, null, {}, broken);
  expect(result).toMatchObject({ status: 'not_checked', reason: 'no library: put it there' });
});

test('text from the data has no voice in the summary', async () => {
  const evil = '<img src=x onerror=alert(1)>|@ada #1 ](javascript:alert(1))';
  const { job } = await checked({ 'rows.csv': `id,word,label\n1,a,"${evil}"\n`, 'rows.odcs.yaml': CONTRACT });
  expect(await marked.parse(job.summaries[0] ?? '')).not.toContain('<img');
});

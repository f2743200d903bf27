import { afterAll, expect, test } from 'vitest';
import { fetchData } from '../../../actions/fetch-data/fetch-data.ts';
import { openObjects } from '../../../actions/runtime/git-objects.ts';
import { validate } from '../../../actions/validate/validate.ts';
import { ValidationOrder, ValidationResult } from '../../../core/data/result.ts';
import { GREETER, ROWS } from '../example.ts';
import { openStage } from '../stage.ts';

const stage = openStage();
afterAll(() => stage.close());

const CONTRACT = GREETER['src/rows.odcs.yaml'] ?? '';
const LOOSE = CONTRACT.replace('{ minimum: 0, maximum: 1 }', '{ minimum: 0, maximum: 9 }');
type Files = Readonly<Record<string, string | { readonly link: string }>>;

/** Both actions in a row, as the workflow runs them. */
async function checked(head: Files, base: Files | null = { 'rows.odcs.yaml': CONTRACT }) {
  const headRepository = stage.repository(head);
  const baseRepository = stage.repository(base ?? { other: 'x' });
  const order = ValidationOrder.parse({
    dataset: 'rows',
    commit: headRepository.commit,
    path: 'rows.csv',
    contract: 'rows.odcs.yaml',
    baseCommit: baseRepository.commit,
    baseContract: base === null ? null : 'rows.odcs.yaml',
  });
  const { artifacts } = await fetchData(
    { orders: [order] },
    stage.job(),
    {
      head: openObjects(headRepository.directory, process.env),
      base: openObjects(baseRepository.directory, process.env),
    },
    stage.artifacts,
  );
  const job = stage.job();
  const { results } = await validate({ orders: [order], artifacts }, job, stage.artifacts);
  expect(results.map(({ dataset }) => dataset)).toEqual(['rows']);
  const result = ValidationResult.parse(JSON.parse(stage.take(results[0]?.id ?? 0, 'result.json').toString()));
  return { result, job };
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
  expect(job.said).toEqual([]);
});

test('a bad value is found at its line, annotated and summed up', async () => {
  const { result, job } = await checked({ 'rows.csv': `${ROWS}5,hey,many\n`, 'rows.odcs.yaml': CONTRACT });
  expect(result).toMatchObject({ status: 'failed', findings: [{ file: 'rows.csv', line: 6, column: 'label' }] });
  expect(job.said[0]).toMatch(/^error rows\.csv:6: /);
  expect(job.summaries[0]).toContain('rows.csv:6');
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
    'a Git LFS pointer',
    { 'rows.csv': 'version https://git-lfs.github.com/spec/v1\noid sha256:1\n', 'rows.odcs.yaml': CONTRACT },
    'not_checked',
    'Git LFS',
  ],
])('%s is not green, and says why', async (_what, files, status, reason) => {
  const { result } = await checked(files as Files);
  expect(result).toMatchObject({ status, reason: expect.stringContaining(reason) });
});

test('text from the data has no voice in the summary', async () => {
  const evil = '<img src=x onerror=alert(1)>|@ada #1 ](javascript:alert(1))';
  const { job } = await checked({ 'rows.csv': `id,word,label\n1,a,"${evil}"\n`, 'rows.odcs.yaml': CONTRACT });
  expect(job.summaries[0]).not.toContain('<img');
});

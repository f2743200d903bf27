import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { ValidationResult } from '../../core/data/result.ts';
import { DatasetName, GitId, RepoPath } from '../../core/names.ts';
import { handlePush } from '../../flows/merge.ts';
import { mergedDataOrders, unpassedMerge } from '../../flows/merged-data.ts';
import type { Outcome } from '../../flows/outcome.ts';
import type { Ports } from '../../flows/ports.ts';
import { OWNER, REPO } from '../adapters/github/world.ts';
import { delayState, type Releasing, startReleasing } from './releasing.ts';

const model = `    data:
      rows: { path: data/rows.csv, contract: contracts/rows.yaml }
`;
const files = { 'data/rows.csv': 'id\n1\n', 'contracts/rows.yaml': 'kind: DataContract\n' };
const ZEROS = GitId.parse('0'.repeat(40));
const MERGED = GitId.parse('d'.repeat(40));
const ROWS = DatasetName.parse('rows');
const PATH = RepoPath.parse('data/rows.csv');
const OTHER = GitId.parse('e'.repeat(40));
let at: Releasing;
/** A repository without an App: `inFlight` is what anybody can write into the comment. */
let ports: Ports;
beforeAll(async () => {
  at = await startReleasing('', { model, files });
  ports = { ...at.ports, withoutApp: true };
});
afterAll(() => at.close());

function result(commit: GitId, change: Partial<ValidationResult> = {}): ValidationResult {
  const checked = { version: 1, dataset: 'rows', status: 'passed', reason: null, rows: 2, findings: [], total: 0 };
  return ValidationResult.parse({ ...checked, commit, data: null, contracts: [], ...change });
}

interface Merge {
  readonly before: GitId;
  readonly after: GitId;
}

/** A candidate with changed data, merged; with a comment that says of its data that it passed. */
async function merged(change: string, run: number): Promise<Merge> {
  const pull = await at.propose(change, { 'data/rows.csv': `id\n1\n${run + 1}\n` });
  await at.train(pull, run);
  const { head } = await ports.pulls.get(pull);
  const url = 'https://github.example/acme/delay/actions/runs/1';
  const forged = { status: 'done', url, path: 'data/rows.csv', result: result(head.sha) };
  await ports.inFlight.putValidation(head.sha, 'rows', JSON.stringify(forged));
  const before = GitId.parse(await ports.source.branchHead('main'));
  await at.world.ada.request('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', {
    owner: OWNER,
    repo: REPO,
    pull_number: pull,
    merge_method: 'squash',
  });
  return { before, after: GitId.parse(await ports.source.branchHead('main')) };
}

const pushed = ({ before, after }: Merge, data?: readonly ValidationResult[]): Promise<Outcome> =>
  handlePush(ports, { branch: 'main', before, after, sender: 'ada', ...(data === undefined ? {} : { data }) });

test.each<[string, readonly ValidationResult[] | undefined, ValidationResult['status']]>([
  ['that no job looked at', undefined, 'not_checked'],
  ['whose jobs handed nothing on', [], 'not_checked'],
  ['that its jobs found bad', [result(MERGED, { status: 'failed' })], 'failed'],
  ['that its jobs could not check', [result(MERGED, { status: 'not_checked' })], 'not_checked'],
  ['with a result of another commit', [result(OTHER)], 'not_checked'],
  ['with a result of other data', [result(MERGED, { dataset: DatasetName.parse('other') })], 'not_checked'],
  ['with two results', [result(MERGED), result(MERGED)], 'not_checked'],
  ['that its jobs have passed', [result(MERGED)], 'passed'],
])('changed data %s', (_what, data, status) => {
  const datasets = [
    {
      name: ROWS,
      path: PATH,
      contract: PATH,
      baseContract: null,
      basePath: null,
      at: null,
      baseAt: null,
      baseProfile: null,
      readBy: [],
    },
  ];
  const push = { after: MERGED, ...(data === undefined ? {} : { data }) };
  expect(unpassedMerge({ datasets }, push)).toEqual(status === 'passed' ? [] : [{ dataset: 'rows', status }]);
});

describe('without an App, a merge of changed data', () => {
  test.each<[string, number, (merge: Merge) => readonly ValidationResult[] | undefined, RegExp]>([
    ['no job looked at', 1, () => undefined, /dataset rows: not checked/],
    ['its jobs found bad', 2, ({ after }) => [result(after, { status: 'failed' })], /dataset rows: failed/],
  ])('promotes nothing where %s, whatever the comment says', async (_what, run, data, message) => {
    const merge = await merged(`change-${run}`, run);
    const outcome = await pushed(merge, data(merge));
    expect(outcome.message).toMatch(message);
    expect(await delayState(ports)).toMatchObject({ versions: [] });
  });

  test('would promote by what it says if the App kept that in its database', async () => {
    const merge = await merged('kept', 3);
    const event = { branch: 'main', ...merge, sender: 'ada' };
    expect(await handlePush(at.ports, event)).toMatchObject({ code: 'promoted' });
  });

  test('promotes what its jobs have passed', async () => {
    const merge = await merged('good', 20);
    expect(await pushed(merge, [result(merge.after)])).toMatchObject({ code: 'promoted' });
    expect(await delayState(ports)).toMatchObject({ versions: ['1.0.0', '1.1.0'] });
  });
});

describe('what jobs of a push are asked to check', () => {
  test('is the data that it changes, by the contract before and after it', async () => {
    const { before, after } = await merged('asked', 30);
    expect(await mergedDataOrders(ports, { branch: 'main', before, after })).toEqual([
      {
        dataset: 'rows',
        commit: after,
        path: 'data/rows.csv',
        contract: 'contracts/rows.yaml',
        baseCommit: before,
        baseContract: 'contracts/rows.yaml',
        basePath: 'data/rows.csv',
        at: null,
        baseAt: null,
        baseProfile: null,
        locations: [],
        readBy: ['delay'],
        others: [],
      },
    ]);
  });

  test.each([
    ['a branch that is not the default one', { branch: 'other' }],
    ['a branch that has just been made', { before: ZEROS }],
    ['a branch that is gone', { after: ZEROS }],
  ])('is nothing of %s', async (_what, change) => {
    const main = GitId.parse(await ports.source.branchHead('main'));
    expect(await mergedDataOrders(ports, { branch: 'main', before: main, after: main, ...change })).toEqual([]);
  });

  test('is nothing where data stays as it is, or where policy changes and nothing is promoted', async () => {
    const before = GitId.parse(await ports.source.branchHead('main'));
    const orders = (after: GitId) => mergedDataOrders(ports, { branch: 'main', before, after });
    expect(await orders(await at.world.commit('code', { 'train.py': 'print(1)\n' }, before))).toEqual([]);
    const config = new TextDecoder().decode((await ports.source.file(before, CONFIG_PATH, 100_000)) ?? undefined);
    const changed = { [CONFIG_PATH]: config.replace('python train.py }', 'python train.py, timeout: 2h }') };
    const policy = await at.world.commit('policy', { ...changed, 'data/rows.csv': 'id\n9\n' }, before);
    expect(await orders(policy)).toEqual([]);
  });
});

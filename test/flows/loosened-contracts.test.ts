import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { ValidationResult } from '../../core/data/result.ts';
import { Instant } from '../../core/names.ts';
import type { Ports } from '../../flows/ports.ts';
import { readiness, readScene } from '../../flows/readiness.ts';
import { handleRequirementsChanged } from '../../flows/requirements-changed.ts';
import { OWNER, REPO } from '../adapters/github/world.ts';
import { contractText } from '../core/data/contract-samples.ts';
import { repository } from './ports.ts';
import { delayState, type Releasing, startReleasing } from './releasing.ts';

const where = { owner: OWNER, repo: REPO };
const FILE = 'contracts/flights.yaml';
const model = `    data:
      flights: { path: data/flights.csv, contract: ${FILE}, owner: '@ben' }
`;
const STRICT = contractText('- { name: id, required: true, unique: true }');
const LOOSE = contractText('- { name: id, required: true }');
const files = {
  'data/flights.csv': 'id\n1\n',
  [FILE]: STRICT,
  'contracts/lax.yaml': contractText('- { name: other }'),
};
const WAITS =
  'dataset flights: its contract is loosened (column "id": is no longer unique); @ben has to approve the head';

let at: Releasing;
let listed = 0;
let ports: Ports;
beforeAll(async () => {
  at = await startReleasing('', { model, files });
  const { reviews } = at.ports;
  const list = (number: number) => {
    listed += 1;
    return reviews.list(number);
  };
  ports = { ...at.ports, reviews: { ...reviews, list } };
});
afterAll(() => at.close());

const ready = async (pull: number) => readiness(ports, await readScene(ports, await ports.pulls.get(pull)));

/** A pull request by ada, whose data has passed its contract. */
async function propose(change: string, changed: Readonly<Record<string, string>>): Promise<number> {
  const number = await at.propose(change, changed);
  const { head } = await ports.pulls.get(number);
  await ports.inFlight.recordSighting({
    pullRequest: number,
    sha: head.sha,
    headRepository: repository,
    at: Instant.parse('2026-11-02T09:00:00Z'),
    sender: 'ada',
    event: 'head',
  });
  const passed = { status: 'passed', reason: null, rows: 1, findings: [], total: 0, data: null, contracts: [] };
  const result = ValidationResult.parse({ version: 1, dataset: 'flights', commit: head.sha, ...passed });
  const done = { status: 'done', url: 'https://github.example/run/1', path: 'data/flights.csv', result };
  await ports.inFlight.putValidation(head.sha, 'flights', JSON.stringify(done));
  return number;
}

const approve = (pull_number: number) =>
  at.world.ben.request('POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews', {
    ...where,
    pull_number,
    event: 'APPROVE',
  });

test('a contract that is tightened, or data alone, asks nobody, and no review is read', async () => {
  const strictest = contractText('- { name: id, required: true, unique: true }\n- { name: late }');
  const pull = await propose('tightened', { [FILE]: strictest, 'data/flights.csv': 'id\n2\n' });
  await at.train(pull, 1);
  expect(await ready(pull)).toMatchObject({ state: 'success' });
  expect(listed).toBe(0);
});

test('a loosened contract waits for its owner, also where no model is affected', async () => {
  const pull = await propose('contract-only', { [FILE]: LOOSE, 'train.py': 'print(0)\n' });
  expect(await ready(pull)).toMatchObject({ state: 'action_required', title: WAITS });
});

test('pointing the config at a laxer contract, or at none, is loosening, too', async () => {
  const main = await ports.source.branchHead('main');
  if (main === null) throw new Error('there is no main');
  const config = new TextDecoder().decode((await ports.source.file(main, CONFIG_PATH, 100_000)) ?? undefined);
  const elsewhere = await propose('elsewhere', { [CONFIG_PATH]: config.replace(FILE, 'contracts/lax.yaml') });
  expect(await ready(elsewhere)).toMatchObject({
    state: 'action_required',
    title: expect.stringContaining('column "id" is dropped'),
  });
  const none = await propose('none', { [CONFIG_PATH]: config.replace(`contract: ${FILE}, `, '') });
  expect(await ready(none)).toMatchObject({
    state: 'action_required',
    title: expect.stringContaining('the config names no contract any more'),
  });
});

test('merged all the same, nothing that was trained on its data is promoted', async () => {
  const pull = await propose('unapproved', { [FILE]: LOOSE });
  await at.train(pull, 2);
  expect(await ready(pull)).toMatchObject({ state: 'action_required', title: WAITS });
  expect(await at.merge(pull)).toMatchObject({
    code: 'not_promoted',
    message: expect.stringMatching(
      /merged without the approval that a loosened contract needs: dataset flights: .*@ben has to approve.*trainyard train delay --ref main/,
    ),
  });
  expect(await delayState(ports)).toMatchObject({ versions: [] });
});

test('with the owner’s approval of the head it is ready, and its merge promotes', async () => {
  const pull = await propose('approved', { [FILE]: contractText('- { name: id }') });
  await at.train(pull, 3);
  expect(await ready(pull)).toMatchObject({ state: 'action_required' });
  await approve(pull);
  expect(await handleRequirementsChanged(at.ports, pull)).toMatchObject({ code: 'planned' });
  expect(await ready(pull)).toMatchObject({ state: 'success', title: expect.stringContaining('merging promotes run') });
  expect(await at.merge(pull)).toMatchObject({ code: 'promoted' });
});

test('a review where nothing is loosened changes nothing', async () => {
  const pull = await propose('code', {});
  expect(await handleRequirementsChanged(at.ports, pull)).toMatchObject({ code: 'ignored' });
});

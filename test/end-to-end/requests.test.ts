import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { concluded } from '../../scripts/demo/observe.ts';
import { squashMerge } from '../../scripts/demo/people.ts';
import { type CountedRequests, countedRequests } from './counted.ts';
import { CONFIG, ROWS, TEAM, TRAIN } from './team.ts';
import { openTeamWorld, type Proposed, type TeamWorld } from './world.ts';

/**
 * What the App asks of GitHub's API for each operation, counted at the wire in an App that is warm; answers of "not
 * modified" count, and git's own protocol does not. Lower a limit when the App gets better; raise none.
 */
const counted: CountedRequests = countedRequests('trainyard[bot]');
/** Pull requests that tests leave open. */
const OTHERS = 3;
const CONTRACT = 'greeter/rows.odcs.yaml';
const DATASETS = ['rows', 'naps', 'beds'];
/** The team's, with a model that reads two more datasets. */
const FILES = {
  ...TEAM,
  [CONFIG_PATH]: CONFIG.replace(
    'train: { run: python3 sleeper/train.py',
    `data:
      naps: { path: data/naps.csv, contract: ${CONTRACT} }
      beds: { path: data/beds.csv, contract: ${CONTRACT} }
    $&`,
  ),
  'data/naps.csv': ROWS,
  'data/beds.csv': ROWS,
};
let team: TeamWorld;
let change: Proposed;

beforeAll(async () => {
  team = await openTeamWorld('requests', {
    files: FILES,
    observe: counted.observe,
    settings: { TRAINYARD_TIMER_SECONDS: '3600' },
  });
  counted.logAt(team.log);
  change = await team.propose('feature', { 'greeter/train.py': `${TRAIN}# one\n` });
  await team.comment(change.number, /comment \/train greeter/);
  await counted.quiet();
}, 240_000);
afterAll(() => team?.close());

/** The requests of what `act` sets off, until the App is quiet. */
async function requestsOf(act: () => Promise<unknown>): Promise<readonly string[]> {
  counted.take();
  await act();
  await counted.quiet();
  return counted.take();
}

/** Fails with the requests by route. */
function expectAtMost(limit: number, requests: readonly string[]): void {
  const byRoute = Object.entries(Object.groupBy(requests, (route) => route)).map(
    ([route, all]) => `${all?.length} ${route}`,
  );
  if (process.env['VERBOSE']) process.stderr.write(`${requests.length} of ${limit}\n  ${byRoute.join('\n  ')}\n`);
  expect(requests.length, `expected at most ${limit} requests, got\n  ${byRoute.join('\n  ')}\n`).toBeLessThanOrEqual(
    limit,
  );
}

test('a push to a pull request takes at most 12 requests', async () => {
  const requests = await requestsOf(async () => {
    const head = await team.commit('feature', { 'greeter/train.py': `${TRAIN}# two\n` });
    change = { ...change, head };
    await team.check(head, 'trainyard / ready', concluded('action_required'));
    await team.comment(change.number, new RegExp(head.slice(0, 7)));
  });
  expectAtMost(12, requests);
}, 60_000);

test('opening a pull request takes at most 12', async () => {
  const requests = await requestsOf(async () => {
    const { number } = await team.propose('opened', { 'greeter/train.py': `${TRAIN}# opened\n` });
    await team.comment(number, /comment \/train greeter/);
  });
  expectAtMost(12, requests);
}, 60_000);

test('a push that changes data takes at most 12, and the result of its check at most 8', async () => {
  const { number } = await team.propose('data', { 'notes/first.txt': 'nothing yet\n' });
  await team.comment(number, /no model affected/i);
  await counted.quiet();
  counted.take();
  const head = await team.commit('data', { 'data/rows.csv': `${ROWS}5,cheers,1\n` });
  await team.check(head, 'trainyard / data: rows', concluded('success'));
  await counted.quiet();
  const requests = counted.take();

  const began = requests.findIndex((request) => request.includes('/actions/runs/{run_id}'));
  expect(began).toBeGreaterThan(0);
  expectAtMost(12, requests.slice(0, began));
  expectAtMost(8, requests.slice(began));
}, 120_000);

test('a push that changes three datasets takes at most 12, too, and they are checked by one workflow run', async () => {
  const { number } = await team.propose('more-data', { 'notes/first.txt': 'nothing yet\n' });
  await team.comment(number, /no model affected/i);
  await counted.quiet();
  counted.take();
  const changed = Object.fromEntries(DATASETS.map((name) => [`data/${name}.csv`, `${ROWS}5,cheers,1\n`]));
  const head = await team.commit('more-data', changed);
  for (const name of DATASETS) await team.check(head, `trainyard / data: ${name}`, concluded('success'));
  await counted.quiet();
  const requests = counted.take();

  const began = requests.findIndex((request) => request.includes('/actions/runs/{run_id}'));
  expect(requests.filter((request) => request.endsWith('/dispatches'))).toHaveLength(1);
  expectAtMost(12, requests.slice(0, began));
  expectAtMost(8 + 2 * 2, requests.slice(began));
}, 120_000);

test('a typo takes at most 2', async () => {
  const requests = await requestsOf(async () => team.answer(await team.say(change.number, '/trian greeter')));
  expectAtMost(2, requests);
}, 60_000);

test('a refused command takes at most 4', async () => {
  const requests = await requestsOf(async () => {
    expect(await team.answer(await team.say(change.number, '/train greeter', team.carol))).toBe('refused');
  });
  expectAtMost(4, requests);
}, 60_000);

test('a comment without a command takes none', async () => {
  expectAtMost(0, await requestsOf(() => team.say(change.number, 'Looks good to me')));
}, 60_000);

test('the whole life of a run, from /train to its verdict, takes at most 25', async () => {
  const requests = await requestsOf(async () => {
    expect(await team.answer(await team.say(change.number, '/train greeter'))).toBe('done');
    await team.check(change.head, 'trainyard / ready', concluded('success'), 120);
    await team.comment(change.number, /candidate/i);
  });
  expectAtMost(25, requests);
}, 240_000);

test('a merge that promotes takes at most 22, and 6 for each pull request that stays open', async () => {
  const requests = await requestsOf(async () => {
    await squashMerge(team.world, team.world.ada, change.number);
    await team.comment(change.number, /merged: greeter@v1\.0\.0 was promoted/, 120);
  });
  expectAtMost(22 + 6 * OTHERS, requests);
}, 240_000);

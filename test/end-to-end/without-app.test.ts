import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateSigningKey } from '../../adapters/signing/local-key.ts';
import { readMemory, withMemory } from '../../adapters/without-app/memory.ts';
import { expectCli } from '../../scripts/demo/cli.ts';
import { concluded, reactionsOn, type SeenCheck, tagNames, untilCheck } from '../../scripts/demo/observe.ts';
import { comment, type Person, person, squashMerge } from '../../scripts/demo/people.ts';
import { pushTeam } from '../../scripts/demo/repositories.ts';
import { until } from '../../scripts/demo/wait.ts';
import { createWorld, type World } from '../../scripts/demo/world.ts';
import { CACHE } from '../../scripts/python-environment.ts';
import { freshDatabase } from '../app/database/fresh-database.ts';
import { recordingJudge } from '../conformance/recording-judge.ts';
import { comparable } from './without-app/comparable.ts';
import {
  endOf,
  jobsOf,
  newestRun,
  proposeRows,
  readEntries,
  runOfPush,
  teamWith,
  type Walked,
  walk,
} from './without-app/path.ts';

const judge = recordingJudge();
let directory: string;
/** One GitHub, two repositories of one team: `acme/flights` has the App, `acme/tally` has not. */
let world: World;
let without: World;
/** May read `acme/tally`, and no more. */
let eve: Person;
let signed: { readonly withApp: Walked; readonly without: Walked };

/** Policy trusts both keys in both repositories, so that it is the same policy and only who signs differs. */
async function withoutApp(privatePem: string, template: string): Promise<World> {
  const team = { owner: 'acme', repo: 'tally' };
  const repository = await world.github.createRepository({ owner: team.owner, name: team.repo, private: true });
  world.github.addCollaborator(repository, 'ada', 'maintain');
  const secrets = { TRAINYARD_SIGNING_KEY: privatePem };
  world.github.createEnvironment(repository, 'trainyard', { branches: ['main'], secrets });
  eve = person(world, world.github.createUser('eve', { name: 'Eve' }));
  world.github.addCollaborator(repository, 'eve', 'read');
  const url = world.github.urls.git(team.owner, team.repo);
  const keyOfTheApp = readFileSync(join(world.work.directory, 'keys/trainyard.pub'), 'utf8');
  return { ...world, team, work: await pushTeam(join(directory, 'tally'), url, world.ada, keyOfTheApp, template) };
}

beforeAll(async () => {
  mkdirSync(CACHE, { recursive: true });
  directory = mkdtempSync(join(CACHE, 'without-app-'));
  const key = generateSigningKey();
  const { observe, observeDelivery } = judge;
  const template = teamWith('workflows', join(directory, 'with'), key.publicPem);
  const settings = { DATABASE_URL: await freshDatabase() };
  world = await createWorld({ directory, template, settings, observe, observeDelivery });
  without = await withoutApp(key.privatePem, teamWith('without-app', join(directory, 'without'), key.publicPem));
  const [a, b] = await Promise.all([walk(world), walk(without)]);
  signed = { withApp: a, without: b };
}, 300_000);

afterAll(async () => {
  await world?.close();
  rmSync(directory, { recursive: true, force: true });
});

test('both ways end in equal ledger entries and run records but for signer, ids and times', () => {
  expect(comparable(signed.without)).toEqual(comparable(signed.withApp));
});

test('each ledger is signed by the key of its own place', () => {
  const keys = [signed.withApp, signed.without].map(({ entries, records }) => [
    ...new Set([...entries, ...records].map(({ keyid }) => keyid)),
  ]);
  expect(keys.map((one) => one.length)).toEqual([1, 1]);
  expect(keys[0]).not.toEqual(keys[1]);
});

test('one comment says it all, by the account of the jobs, and remembers the answer to the command', async () => {
  const { data } = await without.ada.octokit.rest.issues.listComments({
    ...without.team,
    issue_number: signed.without.number,
  });
  const ours = data.filter((one) => one.user?.login === 'github-actions[bot]');
  expect(ours).toHaveLength(1);
  expect(ours[0]?.body).toContain(signed.without.records[0]?.record.run);
  expect(ours[0]?.body).toContain('/train tally --set rate=2');
});

test('a command by somebody who may not give it is answered by a job without the key, and goes no further', async () => {
  const id = await comment(without, eve, signed.without.number, '/train tally --force');
  await until('a refusal', 40, async () => (await reactionsOn(without, id)).includes('confused'));
  const jobs = await endOf(without, await newestRun(without, 'issue_comment'));
  expect(jobs).toMatchObject({ 'trainyard / command': 'success', 'trainyard / accept': 'skipped' });
}, 120_000);

test('a run is recorded as cancelled by the job that signs, once its training is gone', async () => {
  const { number, head } = signed.without;
  const check = (wanted: (one: SeenCheck) => boolean) =>
    untilCheck(without, head, 'trainyard / train: tally', wanted, 60);
  await comment(without, without.ada, number, '/train tally --set pause=10');
  await check(({ status }) => status === 'in_progress');
  const run = await newestRun(without, 'issue_comment');
  const training = 'trainyard / run / train / train';
  await until('training under way', 40, async () => (await jobsOf(without, run))[training] === 'in_progress');
  await comment(without, without.ada, number, '/cancel');
  await check(concluded('cancelled'));
  expect(await endOf(without, run)).toMatchObject({ [training]: 'cancelled' });
  expect((await readEntries(without)).map(({ entry }) => entry.kind === 'run' && entry.outcome)).toEqual([
    'candidate',
    'cancelled',
  ]);
  // The candidate that was there before is what a merge would promote.
  await untilCheck(without, head, 'trainyard / ready', concluded('success'), 20);
}, 180_000);

test('a merge promotes that very run in a job of the push', async () => {
  const { number, records } = signed.without;
  await squashMerge(without, without.ada, number);
  const wanted = ['tally#staging#1', 'tally@v1.0.0'];
  await until('the tags', 60, async () => (await tagNames(without, 'tally')).sort().join() === wanted.join());
  const release = await until('the release', 20, () =>
    without.ada.octokit.rest.repos.getReleaseByTag({ ...without.team, tag: 'tally@v1.0.0' }).then(
      ({ data }) => (data.assets.length > 0 ? data : undefined),
      () => undefined,
    ),
  );
  expect(release.body).toContain(records[0]?.record.run);
}, 120_000);

test('a terminal asks by repository_dispatch, and a job with the key answers', async () => {
  await expectCli(without, without.ada, ['promote', 'tally@v1.0.0', 'production', '--wait', '--timeout', '60']);
  expect(await tagNames(without, 'tally#production')).toEqual(['tally#production#2']);
}, 120_000);

/** Our comment on a pull request without the App. */
async function ourComment(number: number): Promise<{ readonly id: number; readonly body: string }> {
  const { data } = await without.ada.octokit.rest.issues.listComments({ ...without.team, issue_number: number });
  const [found] = data.filter(({ user }) => user?.login === 'github-actions[bot]');
  return { id: found?.id ?? 0, body: found?.body ?? '' };
}

/** Makes the comment remember that the data has passed, as anybody with write access can. */
async function forgeData(number: number): Promise<void> {
  const { id, body } = await ourComment(number);
  const { data } = await without.ada.octokit.rest.repos.get(without.team);
  const memory = readMemory(body, data.html_url);
  expect(memory.validations).toHaveLength(1);
  const validations = memory.validations.map((one) => ({
    ...one,
    state: one.state.replace('"status":"failed"', '"status":"passed"'),
  }));
  expect(validations).not.toEqual(memory.validations);
  const [shown = ''] = body.split('\n<!-- trainyard:memory');
  const forged = withMemory(shown, { ...memory, validations }, 65_536);
  await without.ada.octokit.rest.issues.updateComment({ ...without.team, comment_id: id, body: forged });
}

test('a comment that is edited to say that data has passed gets nothing promoted that was trained on it', async () => {
  await without.work.git('fetch', '-q', 'origin', 'main');
  await without.work.git('checkout', '-q', 'FETCH_HEAD');
  // The contract of the data ends at 1.
  const { number, head } = await proposeRows(without, 'bad-rows', '63,7.5,0.5,1\n');
  await untilCheck(without, head, 'trainyard / data: rows', concluded('failure'), 120);
  await comment(without, without.ada, number, '/train tally');
  await untilCheck(without, head, 'trainyard / train: tally', concluded('success'), 60);
  await endOf(without, await newestRun(without, 'issue_comment'));
  const before = (await tagNames(without, 'tally')).sort();
  await forgeData(number);
  const run = await runOfPush(without, await squashMerge(without, without.ada, number));
  expect(await endOf(without, run)).toMatchObject({
    'trainyard / data / validate': 'success',
    'trainyard / promote': 'success',
  });
  expect((await ourComment(number)).body).toContain('dataset rows: failed');
  expect((await tagNames(without, 'tally')).sort()).toEqual(before);
}, 180_000);

test('nothing was dispatched', async () => {
  const { data } = await without.ada.octokit.rest.actions.listWorkflowRunsForRepo({ ...without.team, per_page: 100 });
  const events = new Set(data.workflow_runs.map(({ event }) => event));
  expect([...events].sort()).toEqual(['issue_comment', 'pull_request_target', 'push', 'repository_dispatch']);
});

test('every request, answer and webhook fits GitHub’s own description', () => {
  judge.assertClean();
});

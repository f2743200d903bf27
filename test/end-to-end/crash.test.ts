import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Exchange } from '../../local/http/api.ts';
import { expectCli } from '../../scripts/demo/cli.ts';
import { checksOf, concluded, reactionsOn, tagNames, workflowRuns } from '../../scripts/demo/observe.ts';
import { squashMerge } from '../../scripts/demo/people.ts';
import { until } from '../../scripts/demo/wait.ts';
import { TRAIN } from './team.ts';
import { openTeamWorld, type Proposed, type TeamWorld } from './world.ts';

/** An effect of the App on GitHub. Right after the first of its kind the App is killed; a step may not know of it. */
interface KillPoint {
  readonly effect: string;
  readonly method: 'POST' | 'PATCH';
  readonly path: RegExp;
  /** What the request says, as JSON. */
  readonly says?: RegExp;
}

const TRAINING: readonly KillPoint[] = [
  { effect: 'the run is in the ledger', method: 'POST', path: /\/git\/refs$/, says: /"ref":"refs\/trainyard\/runs\// },
  { effect: 'training is dispatched', method: 'POST', path: /\/workflows\/trainyard-train\.yml\/dispatches$/ },
  { effect: 'the run is in training', method: 'PATCH', path: /\/git\/refs\/trainyard\/runs\// },
  { effect: 'the comment is written', method: 'PATCH', path: /\/issues\/comments\/\d+$/ },
  { effect: 'judgement is dispatched', method: 'POST', path: /\/workflows\/trainyard-judge\.yml\/dispatches$/ },
  { effect: 'the run has ended', method: 'POST', path: /\/git\/refs$/, says: /"ref":"refs\/trainyard\/ledger"/ },
];
const PROMOTION: readonly KillPoint[] = [
  { effect: 'the version is in the ledger', method: 'PATCH', path: /\/git\/refs\/trainyard\/ledger$/ },
  { effect: 'the version is tagged', method: 'POST', path: /\/git\/refs$/, says: /"ref":"refs\/tags\/greeter@v/ },
  { effect: 'the release is made', method: 'POST', path: /\/releases$/ },
  { effect: 'the package is uploaded', method: 'POST', path: /\/releases\/\d+\/assets$/ },
  { effect: 'the stage is tagged', method: 'POST', path: /\/git\/refs$/, says: /"ref":"refs\/tags\/greeter#/ },
  { effect: 'the deployment is made', method: 'POST', path: /\/deployments$/ },
];

let team: TeamWorld;
let armed: KillPoint[] = [];
let killed: string[] = [];
let restarts: Promise<void> = Promise.resolve();

/** Called while GitHub's answer is on its way: the App dies before or after it has read it. */
function observe({ method, path, requestBody, status }: Exchange): void {
  const [at, text] = [decodeURIComponent(path), JSON.stringify(requestBody ?? null)];
  const hit = armed.find(
    (point) => status < 300 && method === point.method && point.path.test(at) && (point.says?.test(text) ?? true),
  );
  if (hit === undefined) return;
  armed = armed.filter((point) => point !== hit);
  killed.push(hit.effect);
  const dead = team.world.app().stop('SIGKILL');
  restarts = restarts.then(async () => {
    await dead;
    await team.world.crashApp();
  });
}

function arm(points: readonly KillPoint[]): void {
  armed = [...points];
  killed = [];
}

beforeAll(async () => {
  team = await openTeamWorld('crash', { observe, settings: { TRAINYARD_TIMER_SECONDS: '5' } });
}, 240_000);
afterAll(async () => {
  await restarts;
  await team?.close();
});

describe('an App that is killed after each effect of its own', () => {
  let proposed: Proposed;
  let asked: number;

  test('trains and judges one run once', async () => {
    proposed = await team.propose('feature', { 'greeter/train.py': `${TRAIN}# better\n` });
    await team.comment(proposed.number, /comment \/train greeter/);
    arm(TRAINING);
    asked = await team.say(proposed.number, '/train');
    await team.check(proposed.head, 'trainyard / ready', concluded('success'), 180);
    await restarts;
    expect(killed.toSorted()).toEqual(TRAINING.map(({ effect }) => effect).toSorted());
    const [run, ...more] = await team.runs();
    expect(more).toEqual([]);
    expect(run?.record).toMatchObject({ sequence: 3, state: { state: 'judged', verdict: 'candidate' } });
    const id = run?.record.run ?? '';
    expect([await workflowRuns(team.world, `train ${id}`), await workflowRuns(team.world, `judge ${id}`)]).toEqual([
      [expect.objectContaining({ status: 'completed' })],
      [expect.objectContaining({ status: 'completed' })],
    ]);
    expect((await team.ledger()).entries.map(({ entry }) => entry.kind)).toEqual(['run']);
  }, 300_000);

  test('makes of its merge one version, one release and one deployment', async () => {
    arm(PROMOTION);
    await squashMerge(team.world, team.world.ada, proposed.number);
    await team.comment(proposed.number, /merged: greeter@v1\.0\.0 was promoted/, 180);
    await restarts;
    expect(killed.toSorted()).toEqual(PROMOTION.map(({ effect }) => effect).toSorted());
    expect((await team.ledger()).entries.map(({ entry }) => entry.kind)).toEqual(['run', 'version', 'stage']);
    expect(await tagNames(team.world, 'greeter')).toEqual(['greeter#staging#1', 'greeter@v1.0.0']);

    const { ada, team: repository } = team.world;
    const { data: releases } = await ada.octokit.rest.repos.listReleases(repository);
    expect(releases.map(({ tag_name: tag, assets }) => [tag, assets.map(({ name, state }) => [name, state])])).toEqual([
      ['greeter@v1.0.0', [['greeter-1.0.0.tar', 'uploaded']]],
    ]);
    const { data: deployments } = await ada.octokit.rest.repos.listDeployments(repository);
    expect(deployments.map(({ environment }) => environment)).toEqual(['staging']);
    const { data: statuses } = await ada.octokit.rest.repos.listDeploymentStatuses({
      ...repository,
      deployment_id: deployments[0]?.id ?? 0,
    });
    expect(statuses.map(({ state }) => state)).toEqual(['success']);
    await expectCli(team.world, ada, ['verify']);
  }, 300_000);

  test('writes one comment, one check of each name and one reaction of each kind', async () => {
    const { ada, team: repository } = team.world;
    const { data } = await ada.octokit.rest.issues.listComments({ ...repository, issue_number: proposed.number });
    expect(data.filter(({ user }) => user?.login === 'trainyard[bot]')).toHaveLength(1);
    const names = (await checksOf(team.world, proposed.head)).map(({ name }) => name);
    expect(names.filter((name) => /^trainyard \/ (plan|ready|train: )/.test(name)).toSorted()).toEqual([
      'trainyard / plan',
      'trainyard / ready',
      'trainyard / train: greeter',
    ]);
    expect((await reactionsOn(team.world, asked)).toSorted()).toEqual(['eyes', 'rocket']);
  });
});

test('an App that was away when training ended, and when a comment was made, hears of both', async () => {
  arm([]);
  const [one, two] = [
    await team.propose('away-one', { 'greeter/train.py': `${TRAIN}# one\n` }),
    await team.propose('away-two', { 'greeter/train.py': `${TRAIN}# two\n` }),
  ];
  expect(await team.answer(await team.say(one.number, '/train'))).toBe('done');
  await team.comment(two.number, /comment \/train greeter/);
  await team.world.app().stop('SIGKILL');
  const asked = await team.say(two.number, '/train');
  const [run] = await team.runs({ pull: one.number });
  await until('training has ended', 90, async () => {
    const [workflow] = await workflowRuns(team.world, `train ${run?.record.run ?? ''}`);
    return workflow?.status === 'completed';
  });
  await team.world.github.settled();
  await team.world.crashApp();
  await team.check(one.head, 'trainyard / ready', concluded('success'), 90);
  expect(await team.answer(asked, 90)).toBe('done');
  await team.check(two.head, 'trainyard / ready', concluded('success'), 90);
  expect(await team.runs({ pull: two.number })).toHaveLength(1);
}, 300_000);

test('each request, answer and webhook of all this fits GitHub’s own description', () => {
  team.assertConforms();
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PushedRef } from '../../local/git/smart-http.ts';
import type { Exchange } from '../../local/http/api.ts';
import { checksOf, concluded, reactionsOn, tagNames, workflowRuns } from '../../scripts/demo/observe.ts';
import { squashMerge } from '../../scripts/demo/people.ts';
import { TRAIN } from './team.ts';
import { openTeamWorld, type Proposed, type TeamWorld } from './world.ts';

/** An effect of the App on GitHub. Right after the first of its kind the App is killed; a step may not know of it. */
export type KillPoint =
  | { readonly effect: string; readonly method: 'POST' | 'PATCH'; readonly path: RegExp }
  /** A ref was pushed: made, or moved. */
  | { readonly effect: string; readonly ref: RegExp; readonly made: boolean };

export const TRAINING: readonly KillPoint[] = [
  { effect: 'the run is in the ledger', ref: /^refs\/trainyard\/runs\//, made: true },
  { effect: 'training is dispatched', method: 'POST', path: /\/workflows\/trainyard-train\.yml\/dispatches$/ },
  { effect: 'the run is in training', ref: /^refs\/trainyard\/runs\//, made: false },
  { effect: 'the comment is written', method: 'PATCH', path: /\/issues\/comments\/\d+$/ },
  { effect: 'judgement is dispatched', method: 'POST', path: /\/workflows\/trainyard-judge\.yml\/dispatches$/ },
  { effect: 'the run has ended', ref: /^refs\/trainyard\/ledger$/, made: true },
];
export const PROMOTION: readonly KillPoint[] = [
  { effect: 'the version is in the ledger', ref: /^refs\/trainyard\/ledger$/, made: false },
  { effect: 'the version is tagged', ref: /^refs\/tags\/greeter@v/, made: true },
  { effect: 'the release is made', method: 'POST', path: /\/releases$/ },
  { effect: 'the package is uploaded', method: 'POST', path: /\/releases\/\d+\/assets$/ },
  { effect: 'the stage is tagged', ref: /^refs\/tags\/greeter#/, made: true },
  { effect: 'the deployment is made', method: 'POST', path: /\/deployments$/ },
];

/** Kills the App of a world when one of its effects is seen, and starts it again. */
export class Killer {
  readonly #team: () => TeamWorld;
  #armed: readonly KillPoint[] = [];
  #killed: string[] = [];
  #restarts: Promise<void> = Promise.resolve();

  constructor(team: () => TeamWorld) {
    this.#team = team;
  }

  /** From now on these effects kill, each once. */
  arm(points: readonly KillPoint[]): void {
    this.#armed = points;
    this.#killed = [];
  }

  /** Called while GitHub's answer is on its way: the App dies before or after it has read it. */
  observe({ method, path, status }: Exchange): void {
    const at = decodeURIComponent(path);
    this.#strike((point) => 'method' in point && status < 300 && method === point.method && point.path.test(at));
  }

  observePush({ ref, before }: PushedRef): void {
    this.#strike((point) => 'ref' in point && point.ref.test(ref) && point.made === /^0+$/.test(before));
  }

  #strike(isHit: (point: KillPoint) => boolean): void {
    const hit = this.#armed.find(isHit);
    if (hit === undefined) return;
    this.#armed = this.#armed.filter((point) => point !== hit);
    this.#killed.push(hit.effect);
    const { world } = this.#team();
    const dead = world.app().stop('SIGKILL');
    this.#restarts = this.#restarts.then(async () => {
      await dead;
      await world.crashApp();
    });
  }

  /** The effects that have killed since it was armed, once the App is up again. */
  async killed(): Promise<readonly string[]> {
    await this.#restarts;
    return this.#killed.toSorted();
  }
}

interface Story {
  readonly team: TeamWorld;
  readonly killer: Killer;
  readonly proposed: Proposed;
}

const effects = (points: readonly KillPoint[]): string[] => points.map(({ effect }) => effect).toSorted();

async function trainsOnce({ team, killer, proposed }: Story, points: readonly KillPoint[]): Promise<number> {
  await team.comment(proposed.number, /comment \/train greeter/);
  killer.arm(points);
  const asked = await team.say(proposed.number, '/train');
  await team.check(proposed.head, 'trainyard / ready', concluded('success'), 180);
  expect(await killer.killed()).toEqual(effects(points));
  const [run, ...more] = await team.runs();
  expect(more).toEqual([]);
  expect(run?.record).toMatchObject({ sequence: 3, state: { state: 'judged', verdict: 'candidate' } });
  const id = run?.record.run ?? '';
  expect([await workflowRuns(team.world, `train ${id}`), await workflowRuns(team.world, `judge ${id}`)]).toEqual([
    [expect.objectContaining({ status: 'completed' })],
    [expect.objectContaining({ status: 'completed' })],
  ]);
  expect((await team.ledger()).entries.map(({ entry }) => entry.kind)).toEqual(['run']);
  return asked;
}

async function promotesOnce({ team, killer, proposed }: Story, points: readonly KillPoint[]): Promise<void> {
  const { ada, team: repository } = team.world;
  killer.arm(points);
  await squashMerge(team.world, ada, proposed.number);
  await team.comment(proposed.number, /merged: greeter@v1\.0\.0 was promoted/, 180);
  expect(await killer.killed()).toEqual(effects(points));
  expect((await team.ledger()).entries.map(({ entry }) => entry.kind)).toEqual(['run', 'version', 'stage']);
  expect(await tagNames(team.world, 'greeter')).toEqual(['greeter#staging#1', 'greeter@v1.0.0']);
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
  await team.trainyard(['verify']);
}

async function wroteOnce({ team, proposed }: Story, asked: number): Promise<void> {
  const { ada, team: repository } = team.world;
  const { data } = await ada.octokit.rest.issues.listComments({ ...repository, issue_number: proposed.number });
  expect(data.filter(({ user }) => user?.login === 'trainyard[bot]')).toHaveLength(1);
  const names = (await checksOf(team.world, proposed.head)).map(({ name }) => name);
  expect(names.filter((name) => /^trainyard \/ (plan|ready|train: )/.test(name)).toSorted()).toEqual([
    'trainyard / plan',
    'trainyard / ready',
    'trainyard / train: greeter',
  ]);
  expect((await reactionsOn(team.world, asked)).toSorted()).toEqual(['eyes']);
}

export interface KilledWorld {
  team(): TeamWorld;
  readonly killer: Killer;
}

/** Registers the story of an App that is killed right after each of these effects, in a world of its own. */
export function killedAfter(
  name: string,
  training: readonly KillPoint[],
  promotion: readonly KillPoint[],
): KilledWorld {
  let team: TeamWorld;
  let story: Story;
  let asked: number;
  const killer = new Killer(() => team);

  beforeAll(async () => {
    const settings = { TRAINYARD_TIMER_SECONDS: '5' };
    team = await openTeamWorld(name, {
      settings,
      observe: (exchange) => killer.observe(exchange),
      observePush: (push) => killer.observePush(push),
    });
    story = { team, killer, proposed: await team.propose('feature', { 'greeter/train.py': `${TRAIN}# better\n` }) };
  }, 240_000);
  afterAll(async () => {
    await killer.killed();
    await team?.close();
  });

  describe('an App that is killed after effects of its own', () => {
    test('trains and judges one run once', async () => {
      asked = await trainsOnce(story, training);
    }, 300_000);
    test(
      'makes of its merge one version, one release and one deployment',
      () => promotesOnce(story, promotion),
      300_000,
    );
    test('writes one comment, one check of each name and one reaction of each kind', () => wroteOnce(story, asked));
  });
  return { team: () => team, killer };
}

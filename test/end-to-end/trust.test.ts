import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { concluded, reactionsOn } from '../../scripts/demo/observe.ts';
import { type Person, person } from '../../scripts/demo/people.ts';
import { until } from '../../scripts/demo/wait.ts';
import { expectReasons } from './refusal-reasons.ts';
import { CONFIG, TEAM, TRAIN } from './team.ts';
import { openTeamWorld, type Proposed, type TeamWorld } from './world.ts';

/** Promoting is the release team's, after an approval of the ML team and of those who own what was changed. */
const TRUSTED = CONFIG.replace(
  'commands: { train: write, promote: write }',
  `commands: { promote: { any: [team:release] } }
  require: { promote: { approvals: { count: 1, teams: [ml], code_owners: true } } }`,
);

let team: TeamWorld;
let mia: Person;

beforeAll(async () => {
  team = await openTeamWorld('trust', {
    files: { ...TEAM, [CONFIG_PATH]: TRUSTED, CODEOWNERS: '/greeter/ @ben\n' },
    permissions: { members: 'read' },
    settings: { TRAINYARD_TIMER_SECONDS: '5' },
  });
  const { world } = team;
  const repository = world.github.repository(world.team.owner, world.team.repo);
  mia = person(world, world.github.createUser('mia', { name: 'Mia' }));
  world.github.addCollaborator(repository, 'mia', 'write');
  world.github.addTeamMember('acme', 'ml', 'mia');
}, 240_000);
afterAll(async () => {
  await team?.close();
});

async function propose(branch: string): Promise<Proposed> {
  const proposed = await team.propose(branch, { 'greeter/train.py': `${TRAIN}# ${branch}\n` });
  await team.check(proposed.head, 'trainyard / plan', concluded('success'));
  return proposed;
}

const approve = ({ number, head }: Proposed, by: Person) =>
  by.octokit.rest.pulls.createReview({
    ...team.world.team,
    pull_number: number,
    event: 'APPROVE',
    commit_id: head,
  });

async function refuses({ number }: Proposed, says: RegExp, by: Person): Promise<void> {
  const said = await team.say(number, '/promote greeter to staging', by);
  expect(await team.answer(said)).toBe('refused');
  expect(await reactionsOn(team.world, said)).toEqual(['confused']);
  await team.comment(number, says);
  expect((await team.ledger()).entries).toEqual([]);
}

describe('a command that is a team’s to give', () => {
  test('is refused to who is no member, to who was only invited, and then asks for what else policy requires', async () => {
    const { world } = team;
    const change = await propose('team');
    await refuses(change, /promote needs .*team release.*ada has the role "maintain"/, world.ada);
    world.github.addTeamMember('acme', 'release', 'ada', 'pending');
    await refuses(change, /promote needs .*team release/, world.ada);
    world.github.addTeamMember('acme', 'release', 'mia');
    await refuses(change, /approval/, mia);
  }, 120_000);
});

describe('an approval', () => {
  test('of a team does not stand for that of the code owners', async () => {
    const change = await propose('owned');
    await approve(change, mia);
    await refuses(change, /@ben/, mia);
  }, 120_000);

  test('of the code owners does not stand for that of a team, and both together do', async () => {
    const { ben } = team.world;
    const change = await propose('both');
    await approve(change, ben);
    await refuses(change, /member of team ml/, mia);
    await approve(change, mia);
    await refuses(change, /no version, and no verified run matches main/, mia);
  }, 120_000);
});

test('a comment that was edited while the App was away never runs when it is found', async () => {
  const { world } = team;
  const { ada, team: repository } = world;
  const { number } = await propose('edited');
  await world.app().stop('SIGKILL');
  const edited = await team.say(number, '/hold for ever');
  const kept = await team.say(number, '/hold until the review');
  await ada.octokit.rest.issues.updateComment({ ...repository, comment_id: edited, body: '/hold for a while' });
  await world.github.settled();
  // For some seconds, what a delivery says of its comment is taken as it is.
  await wait(11_000);
  await world.crashApp();
  // GitHub is asked to send again what did not arrive.
  expect(await team.answer(kept, 90)).toBe('done');
  await team.comment(number, /on hold.*until the review/s);
  expect(await team.answer(await team.say(number, '/status'))).toBe('done');
  await until('all that failed was sent again', 30, async () => {
    const { tables } = world.github;
    const app = tables.apps.find({ slug: 'trainyard' });
    const all = Map.groupBy(tables.deliveries.list({ appId: app?.id ?? 0 }), ({ guid }) => guid);
    return [...all.values()].every((attempts) => attempts.some(({ statusCode }) => statusCode === 202)) || undefined;
  });
  expect(await team.answer(await team.say(number, '/status'))).toBe('done');
  expect(await reactionsOn(world, edited)).toEqual([]);
  const { entries } = await team.ledger();
  expect(entries.map(({ entry }) => entry.kind)).toEqual(['hold']);
}, 240_000);

test('each refusal that the table of reasons places here was given here', () => {
  expectReasons(team, 'trust');
});

test('each request, answer and webhook of all this fits GitHub’s own description', () => {
  team.assertConforms();
});

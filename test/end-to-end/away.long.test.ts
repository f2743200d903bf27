import { afterAll, beforeAll, expect, test } from 'vitest';
import { concluded, workflowRuns } from '../../scripts/demo/observe.ts';
import { until } from '../../scripts/demo/wait.ts';
import { TRAIN } from './team.ts';
import { openTeamWorld, type TeamWorld } from './world.ts';

let team: TeamWorld;

beforeAll(async () => {
  team = await openTeamWorld('away', { settings: { TRAINYARD_TIMER_SECONDS: '5' } });
}, 240_000);
afterAll(async () => {
  await team?.close();
});

test('an App that was away when training ended, and when a comment was made, hears of both', async () => {
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

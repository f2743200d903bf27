import { z } from 'zod';
import { concluded } from '../../scripts/demo/observe.ts';
import { squashMerge } from '../../scripts/demo/people.ts';
import { until } from '../../scripts/demo/wait.ts';
import { TRAIN } from './team.ts';
import type { TeamWorld } from './world.ts';

/** Seconds for which each step of a story is waited for: the App may be killed many times meanwhile. */
const PATIENCE = 900;

/**
 * Until the App has taken the delivery that a pull request was opened, which a dead one misses at first. The timer may
 * show the pull request before, but a command binds to a head that a delivery has told of.
 */
async function untilHeard({ world }: TeamWorld, number: number): Promise<void> {
  const opened = (payload: string) => z.object({ number: z.int() }).safeParse(JSON.parse(payload)).data?.number;
  await until(`the App has heard that #${number} was opened`, PATIENCE, async () =>
    world.github.tables.deliveries
      .list({ event: 'pull_request', action: 'opened' })
      .some(({ statusCode, payload }) => statusCode >= 200 && statusCode < 300 && opened(payload) === number),
  );
}

/** Opens a pull request, has it trained and judged by a comment and merges it; its number, once it is in staging. */
async function release(team: TeamWorld, branch: string, version: string): Promise<number> {
  const { world } = team;
  const head = await team.commit(branch, { 'greeter/train.py': `${TRAIN}# ${branch}\n` });
  const { data } = await world.ada.octokit.rest.pulls.create({
    ...world.team,
    ...{ head: branch, base: 'main', title: branch },
  });
  await untilHeard(team, data.number);
  await team.comment(data.number, /comment \/train greeter/, PATIENCE);
  await team.say(data.number, '/train');
  await team.check(head, 'trainyard / ready', concluded('success'), PATIENCE);
  await squashMerge(world, world.ada, data.number);
  await team.comment(data.number, new RegExp(`merged: greeter@v${version} was promoted`), PATIENCE);
  return data.number;
}

/** From an opened pull request to production. Each step begins when the one before shows on the pull request. */
export async function trainAndPromote(team: TeamWorld): Promise<void> {
  const number = await release(team, 'feature', '1.0.0');
  await team.say(number, '/promote greeter to production');
  await team.comment(number, /greeter@v1\.0\.0 is in production/, PATIENCE);
}

/** The same, then a second version, and staging back to the first. */
export async function trainTwiceAndRollBack(team: TeamWorld): Promise<void> {
  await trainAndPromote(team);
  const number = await release(team, 'more', '1.1.0');
  await team.say(number, '/rollback greeter staging to v1.0.0');
  await team.comment(number, /greeter@v1\.0\.0 is in staging/, PATIENCE);
}

import { z } from 'zod';
import { concluded } from '../../scripts/demo/observe.ts';
import { squashMerge } from '../../scripts/demo/people.ts';
import { until } from '../../scripts/demo/wait.ts';
import { TRAIN } from './team.ts';
import type { TeamWorld } from './world.ts';

/**
 * Until the App has taken the delivery that a pull request was opened, which a dead one misses at first. The timer may
 * show the pull request before, but a command binds to a head that a delivery has told of.
 */
async function untilHeard({ world }: TeamWorld, number: number, seconds: number): Promise<void> {
  const opened = (payload: string) => z.object({ number: z.int() }).safeParse(JSON.parse(payload)).data?.number;
  await until(`the App has heard that #${number} was opened`, seconds, async () =>
    world.github.tables.deliveries
      .list({ event: 'pull_request', action: 'opened' })
      .some(({ statusCode, payload }) => statusCode >= 200 && statusCode < 300 && opened(payload) === number),
  );
}

/** Opens a pull request, has it trained and judged by a comment and merges it; its number, once it is in staging. */
async function release(team: TeamWorld, branch: string, version: string, seconds: number): Promise<number> {
  const { world } = team;
  const head = await team.commit(branch, { 'greeter/train.py': `${TRAIN}# ${branch}\n` });
  const { data } = await world.ada.octokit.rest.pulls.create({
    ...world.team,
    ...{ head: branch, base: 'main', title: branch },
  });
  await untilHeard(team, data.number, seconds);
  await team.comment(data.number, /comment \/train greeter/, seconds);
  await team.say(data.number, '/train');
  await team.check(head, 'trainyard / ready', concluded('success'), seconds);
  await squashMerge(world, world.ada, data.number);
  await team.comment(data.number, new RegExp(`merged: greeter@v${version} was promoted`), seconds);
  return data.number;
}

/**
 * From an opened pull request to production. Each step begins when the one before shows on the pull request.
 *
 * @param seconds for which each step is waited for: the App may be killed many times meanwhile
 */
export async function trainAndPromote(team: TeamWorld, seconds = 200): Promise<void> {
  const number = await release(team, 'feature', '1.0.0', seconds);
  await team.say(number, '/promote greeter to production');
  await team.comment(number, /greeter@v1\.0\.0 is in production/, seconds);
}

/** The same, then a second version, and staging back to the first. */
export async function trainTwiceAndRollBack(team: TeamWorld, seconds: number): Promise<void> {
  await trainAndPromote(team, seconds);
  const number = await release(team, 'more', '1.1.0', seconds);
  await team.say(number, '/rollback greeter staging to v1.0.0');
  await team.comment(number, /greeter@v1\.0\.0 is in staging/, seconds);
}

import { concluded } from '../../scripts/demo/observe.ts';
import { squashMerge } from '../../scripts/demo/people.ts';
import { TRAIN } from './team.ts';
import type { TeamWorld } from './world.ts';

/** Seconds for which each step of the story is waited for: the App may be killed many times meanwhile. */
const PATIENCE = 240;

/**
 * A pull request is opened, trained and judged by a comment, merged (which promotes it to staging) and promoted to
 * production by another comment. Each step begins when the one before shows on the pull request.
 */
export async function trainAndPromote(team: TeamWorld): Promise<void> {
  const { number, head } = await team.propose('feature', { 'greeter/train.py': `${TRAIN}# better\n` });
  await team.comment(number, /comment \/train greeter/, PATIENCE);
  await team.say(number, '/train');
  await team.check(head, 'trainyard / ready', concluded('success'), PATIENCE);
  await squashMerge(team.world, team.world.ada, number);
  await team.comment(number, /merged: greeter@v1\.0\.0 was promoted/, PATIENCE);
  await team.say(number, '/promote greeter to production');
  await team.comment(number, /greeter@v1\.0\.0 is in production/, PATIENCE);
}

import { expectCli } from '../cli.ts';
import { assert, until } from '../wait.ts';
import type { World } from '../world.ts';
import type { Step } from './story.ts';

const FORGED = 'flight-delay#production#9';

async function freezeIssue(world: World): Promise<{ state: string; title: string } | undefined> {
  const { data } = await world.ada.octokit.rest.issues.listForRepo({ ...world.team, state: 'all', per_page: 100 });
  return data.find((issue) => issue.pull_request === undefined && /frozen/i.test(issue.title));
}

/** 9. */
export const freeze: Step = {
  title: 'A hand-pushed stage tag freezes the model; it is deleted, and reconcile lifts the freeze',
  async run(world, _story, say) {
    const { work } = world;
    await work.git('fetch', '-q', 'origin');
    await work.git('tag', '-a', FORGED, '-m', 'ship it', 'origin/main');
    await work.git('push', '-q', 'origin', FORGED);
    const issue = await until('an issue reports the freeze', 30, () => freezeIssue(world));
    assert(issue.state === 'open', 'the issue is open');
    say(issue.title);
    const refused = await expectCli(world, world.ada, ['promote', 'flight-delay@v1.1.0', 'production', '--wait'], 1);
    assert(/frozen/i.test(refused.stdout + refused.stderr), 'a promotion is refused while the model is frozen');
    await work.git('push', '-q', 'origin', `:refs/tags/${FORGED}`);
    await expectCli(world, world.ada, ['reconcile', '--word', 'the tag was pushed by hand and is deleted', '--wait']);
    await until('the issue is closed', 20, async () => (await freezeIssue(world))?.state === 'closed');
    await expectCli(world, world.ada, ['promote', 'flight-delay@v1.1.0', 'production', '--wait']);
    say('lifted; v1.1.0 went to production');
  },
};

import { concluded, headOf, stickyComment, tagNames, untilCheck } from '../observe.ts';
import { squashMerge } from '../people.ts';
import { assert, until } from '../wait.ts';
import { pull, type Step } from './story.ts';

/** 7, first half. */
export const mergeFeature: Step = {
  title: 'PR 1 is squash-merged: that very run becomes v1.1.0 and goes to staging',
  async run(world, story, say) {
    const { number } = pull(story, 'feature');
    story.mergeCommit = await squashMerge(world, world.ada, number);
    await until('the tags of v1.1.0', 40, async () => {
      const names = await tagNames(world, 'flight-delay');
      return names.includes('flight-delay@v1.1.0') && names.includes('flight-delay#staging#2');
    });
    const deployment = await until('a successful deployment to staging', 20, async () => {
      const { data } = await world.ada.octokit.rest.repos.listDeployments({ ...world.team, environment: 'staging' });
      const [newest] = data;
      if (newest === undefined) return undefined;
      const statuses = await world.ada.octokit.rest.repos.listDeploymentStatuses({
        ...world.team,
        deployment_id: newest.id,
      });
      return statuses.data.some((status) => status.state === 'success') ? newest : undefined;
    });
    assert(JSON.stringify(deployment.payload).includes('1.1.0'), 'the deployment names v1.1.0');
    const { data: release } = await world.ada.octokit.rest.repos.getReleaseByTag({
      ...world.team,
      tag: 'flight-delay@v1.1.0',
    });
    assert(release.assets.length > 0, 'the release holds the package');
    assert(
      story.runOfFeature !== undefined && (release.body ?? '').includes(story.runOfFeature),
      'the release names the run that was ready',
    );
    say(`released ${release.tag_name} with ${release.assets.map((asset) => asset.name).join(', ')}`);
  },
};

/** 7, second half. */
export const staleMerge: Step = {
  title: 'PR 3 turns red, since its inputs have changed; merged all the same, it is stale and promotes nothing',
  async run(world, story, say) {
    const { number } = pull(story, 'tuning');
    const ready = await untilCheck(
      world,
      await headOf(world, number),
      'trainyard / ready',
      concluded('failure', /stale/i),
      40,
    );
    say(ready.title);
    const merged = await squashMerge(world, world.ada, number);
    await untilCheck(world, merged, 'trainyard / promote: flight-delay', concluded('failure', /stale/i), 40);
    await until('the comment says so', 20, async () => /stale/i.test((await stickyComment(world, number)) ?? ''));
    const names = await tagNames(world, 'flight-delay');
    assert(
      !names.some((name) => name.includes('v1.2.0') || name.endsWith('#3')),
      `nothing was promoted: ${names.join(', ')}`,
    );
    say('merged; nothing was promoted');
  },
};

import { concluded, headOf, stickyComment, untilCheck } from '../observe.ts';
import { comment, openPullRequest } from '../people.ts';
import { pushScene } from '../repositories.ts';
import { assert, until } from '../wait.ts';
import { pull, type Step } from './story.ts';

const GATE = /gate|roc_auc/i;

/** Opened early, so that their training runs beside PR 1's; what they show is asserted in their own steps. */
export const openOthers: Step = {
  title: 'PR 2 (a worse model that praises itself) and PR 3 (tuning) are opened and trained beside it',
  async run(world, story, say) {
    story.pulls.set('worse', await openPullRequest(world, world.ada, (await pushScene(world.work, 'pr2')).scene));
    story.pulls.set('tuning', await openPullRequest(world, world.ada, (await pushScene(world.work, 'pr3')).scene));
    for (const name of ['tuning', 'worse'] as const) {
      const { number } = pull(story, name);
      await untilCheck(world, await headOf(world, number), 'trainyard / plan', concluded('success'), 30);
      await comment(world, world.ada, number, '/train');
    }
    say('both were told to train');
  },
};

/** 6. */
export const tuningReady: Step = {
  title: 'PR 3, on the same model and without a conflict, is ready at this point, too',
  async run(world, story, say) {
    const { number } = pull(story, 'tuning');
    const ready = await untilCheck(world, await headOf(world, number), 'trainyard / ready', concluded('success'), 180);
    say(ready.title);
  },
};

/** 8. */
export const worseHeld: Step = {
  title: 'PR 2 claims excellent metrics; the gate holds it all the same',
  async run(world, story, say) {
    const { number } = pull(story, 'worse');
    const ready = await untilCheck(
      world,
      await headOf(world, number),
      'trainyard / ready',
      concluded('failure', GATE),
      180,
    );
    await until('the comment shows what training says of itself, and that it counts for nothing', 20, async () => {
      const body = (await stickyComment(world, number)) ?? '';
      return /0\.99/.test(body) && /no gate reads them/i.test(body);
    });
    say(ready.title);
  },
};

export const readmeReady: Step = {
  title: 'PR 4 touches only the README: ready is green at once',
  async run(world, story, say) {
    story.pulls.set('readme', await openPullRequest(world, world.ben, (await pushScene(world.work, 'pr4')).scene));
    const { number } = pull(story, 'readme');
    const ready = await untilCheck(
      world,
      await headOf(world, number),
      'trainyard / ready',
      concluded('success', /no model/i),
      20,
    );
    say(ready.title);
  },
};

export const policyReady: Step = {
  title: 'PR 5 lowers a gate: ready says that it is a policy change and promotes nothing',
  async run(world, story, say) {
    story.pulls.set('policy', await openPullRequest(world, world.ben, (await pushScene(world.work, 'pr5')).scene));
    const { number } = pull(story, 'policy');
    const ready = await untilCheck(
      world,
      await headOf(world, number),
      'trainyard / ready',
      concluded('success', /policy change/i),
      20,
    );
    assert(/promotes nothing/i.test(ready.title + ready.summary), 'ready says that the merge promotes nothing');
    await until('the comment shows the changed gate', 10, async () =>
      GATE.test((await stickyComment(world, number)) ?? ''),
    );
    say(ready.title);
  },
};

import { expectCli } from '../cli.ts';
import { tagNames } from '../observe.ts';
import { assert, until } from '../wait.ts';
import type { Step } from './story.ts';

/** 1. Nothing is pre-recorded: the first version is trained from the default branch, and promoted by command. */
export const firstVersion: Step = {
  title: 'The first version is trained from main and put in production by command',
  async run(world, _story, say) {
    await expectCli(world, world.ada, ['train', 'flight-delay', '--ref', 'main', '--wait']);
    say('trained from main, evaluated on the holdout and judged');
    await expectCli(world, world.ada, ['promote', 'flight-delay@v1.0.0', 'production', '--wait']);
    const tags = await until('tags of v1.0.0', 20, async () => {
      const names = await tagNames(world, 'flight-delay');
      return names.includes('flight-delay@v1.0.0') && names.includes('flight-delay#production#1') ? names : undefined;
    });
    assert(tags.length === 2, `two tags exist, not ${tags.join(', ')}`);
    say('flight-delay@v1.0.0 is in production');
  },
};

import { setTimeout as wait } from 'node:timers/promises';
import { runApp } from '../../app/run.ts';
import { handleEvent } from '../../flows/handle.ts';

/** The App, whose steps take a while after what they did and before it is recorded: a kill is likely to come between. */
await runApp((event, { steps, ...ports }) =>
  handleEvent(event, {
    ...ports,
    steps: {
      run: (name, action) =>
        steps.run(name, async () => {
          const result = await action();
          await wait(20 + 60 * Math.random());
          return result;
        }),
    },
  }),
);

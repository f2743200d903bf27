import { expect, test } from 'vitest';
import { startTimer } from '../../app/timer.ts';

const quiet = { info() {}, error() {} };

test('a timer that is stopped ends with the part of a round that is under way, and begins no other', async () => {
  const done: string[] = [];
  const under = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const timer = startTimer({
    interval: 3_600_000,
    shared: { claim: async () => 1 },
    log: quiet,
    rounds: [
      async () => {
        begun.resolve();
        await under.promise;
        done.push('first');
      },
      async () => void done.push('second'),
    ],
  });
  await begun.promise;
  const stopped = timer.stop();
  under.resolve();
  await stopped;
  expect(done).toEqual(['first']);
});

test('a part of a round that fails does not keep the next from being done', async () => {
  const done = Promise.withResolvers<string>();
  const timer = startTimer({
    interval: 3_600_000,
    shared: { claim: async () => 1 },
    log: quiet,
    rounds: [async () => Promise.reject(new Error('no')), async () => done.resolve('second')],
  });
  expect(await done.promise).toBe('second');
  await timer.stop();
});

import { expect, test } from 'vitest';
import { keyedTurns } from '../../../adapters/github/turns.ts';

/** An action that notes its beginning and its end, and lasts until it is let go. */
function watched(log: string[], name: string) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const action = async (): Promise<string> => {
    log.push(`${name} begins`);
    await promise;
    log.push(`${name} ends`);
    return name;
  };
  return { action, letGo: resolve };
}

test('actions of one key run one after the other, those of another key meanwhile', async () => {
  const log: string[] = [];
  const [one, two, other] = ['one', 'two', 'other'].map((name) => watched(log, name));
  if (one === undefined || two === undefined || other === undefined) throw new Error('three actions');
  const turns = keyedTurns();
  const all = [turns.take('a', one.action), turns.take('a', two.action), turns.take('b', other.action)];
  other.letGo();
  two.letGo();
  await all[2];
  one.letGo();
  expect(await Promise.all(all)).toEqual(['one', 'two', 'other']);
  expect(log).toEqual(['one begins', 'other begins', 'other ends', 'one ends', 'two begins', 'two ends']);
});

test('a failure is its own caller’s, and the next has its turn', async () => {
  const turns = keyedTurns();
  const failed = turns.take('a', async () => Promise.reject(new Error('no')));
  const next = turns.take('a', async () => 7);
  await expect(failed).rejects.toThrow('no');
  expect(await next).toBe(7);
});

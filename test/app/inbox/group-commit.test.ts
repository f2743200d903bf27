import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { groupCommit } from '../../../app/inbox/group-commit.ts';

/** A commit that ends when it is told to. */
function held() {
  const groups: (readonly number[])[] = [];
  let end: (error?: Error) => void = () => {};
  const commit = (items: readonly number[]): Promise<readonly string[]> => {
    groups.push(items);
    return new Promise((resolve, reject) => {
      end = (error) => (error === undefined ? resolve(items.map((item) => `stored ${item}`)) : reject(error));
    });
  };
  return { groups, commit, end: (error?: Error) => end(error) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const limits = { together: 3, waiting: 100, patience: 60_000 };

describe('a group commit', () => {
  test('commits together, in order, what came in during the commit before', async () => {
    const { groups, commit, end } = held();
    const put = groupCommit({ commit, ...limits });
    const first = [put(1), put(2)];
    await turn();
    const next = [put(3), put(4), put(5), put(6)];
    end();
    expect(await Promise.all(first)).toEqual(['stored 1', 'stored 2']);
    await turn();
    end();
    expect(await Promise.all(next.slice(0, 3))).toEqual(['stored 3', 'stored 4', 'stored 5']);
    await turn();
    end();
    await next[3];
    expect(groups).toEqual([[1, 2], [3, 4, 5], [6]]);
  });

  test('fails all of one commit with its error, and goes on with the next', async () => {
    const { commit, end } = held();
    const put = groupCommit({ commit, ...limits });
    const first = [put(1), put(2)].map((one) => one.catch((error) => String(error)));
    await turn();
    const next = put(3);
    end(new Error('the database is away'));
    expect(await Promise.all(first)).toEqual(Array(2).fill('Error: the database is away'));
    await turn();
    end();
    expect(await next).toBe('stored 3');
  });

  test('refuses what would wait beyond its limit, and takes more once less waits', async () => {
    const { groups, commit, end } = held();
    const put = groupCommit({ commit, ...limits, waiting: 4 });
    const taken = [1, 2, 3, 4].map((item) => put(item));
    await expect(put(5)).rejects.toMatchObject({ code: 'overloaded' });
    await turn();
    end();
    await Promise.all(taken.slice(0, 3));
    await turn();
    const later = put(6);
    end();
    await turn();
    end();
    expect(await later).toBe('stored 6');
    expect(groups).toEqual([[1, 2, 3], [4], [6]]);
  });

  describe('whose commit does not end', () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
    afterEach(() => void vi.useRealTimers());

    test('answers in time all the same, and holds no more than its limit', async () => {
      const { commit } = held();
      const put = groupCommit({ commit, ...limits, waiting: 10 });
      const answers = Array.from({ length: 25 }, (_, item) => put(item).catch((error) => error.code));
      await turn();
      await vi.advanceTimersByTimeAsync(60_000);
      expect(await Promise.all(answers)).toEqual(Array(25).fill('overloaded'));
    });
  });
});

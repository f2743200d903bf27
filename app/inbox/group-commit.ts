import { AppError } from '../error.ts';

export interface GroupCommitOptions<T, R> {
  /** Commits some together; one result for each, in order. */
  readonly commit: (items: readonly T[]) => Promise<readonly R[]>;
  /** Items of one commit. */
  readonly together: number;
  /** Items that may wait, those under way included; one more is refused. */
  readonly waiting: number;
  /** Milliseconds after which an item is answered for, committed or not. */
  readonly patience: number;
}

interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Commits what comes in during one commit together in the next: a disk that takes milliseconds for a commit takes no
 * longer for a hundred. One commit at a time, so the order in which items came is kept.
 * @returns commits one item; rejects with AppError `overloaded` when too much waits or the commit takes too long, in
 * which case it may still be done
 */
export function groupCommit<T, R>(options: GroupCommitOptions<T, R>): (item: T) => Promise<R> {
  const { commit, together, waiting, patience } = options;
  const queue: Waiting<T, R>[] = [];
  let held = 0;
  let busy = false;
  const drain = async (): Promise<void> => {
    busy = true;
    while (queue.length > 0) {
      const group = queue.splice(0, together);
      await settle(group, commit);
      held -= group.length;
    }
    busy = false;
  };
  return (item) => {
    if (held >= waiting)
      return Promise.reject(overloaded(`expected at most ${waiting} deliveries to wait for the database`));
    held += 1;
    const committed = new Promise<R>((resolve, reject) => {
      queue.push({ item, resolve, reject });
    });
    // Those that came in the same turn of the event loop go together, too.
    if (!busy) {
      busy = true;
      setImmediate(() => void drain());
    }
    return within(committed, patience);
  };
}

async function settle<T, R>(
  group: readonly Waiting<T, R>[],
  commit: (items: readonly T[]) => Promise<readonly R[]>,
): Promise<void> {
  try {
    const results = await commit(group.map(({ item }) => item));
    for (const [index, { resolve, reject }] of group.entries()) {
      const result = results[index];
      if (result === undefined) reject(new Error(`expected ${group.length} results, got ${results.length}`));
      else resolve(result);
    }
  } catch (error) {
    for (const { reject } of group) reject(error);
  }
}

async function within<R>(committed: Promise<R>, patience: number): Promise<R> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(overloaded(`expected the database to answer within ${patience} ms`)), patience);
  });
  return Promise.race([committed, late]).finally(() => clearTimeout(timer));
}

function overloaded(said: string): AppError {
  return new AppError('overloaded', `${said}; what is refused now, the App asks GitHub for again`);
}

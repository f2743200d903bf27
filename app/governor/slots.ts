import type { Priority } from './limits.ts';

/** Lets so many run at once; of those that wait, people's work goes first. */
export interface Slots {
  run<T>(priority: Priority, action: () => Promise<T>): Promise<T>;
}

export function slots(limit: number): Slots {
  const waiting: Readonly<Record<Priority, (() => void)[]>> = { person: [], background: [] };
  let taken = 0;
  return {
    async run(priority, action) {
      if (taken < limit) taken += 1;
      // Whoever leaves hands its slot over.
      else await new Promise<void>((resolve) => waiting[priority].push(resolve));
      try {
        return await action();
      } finally {
        const next = waiting.person.shift() ?? waiting.background.shift();
        if (next === undefined) taken -= 1;
        else next();
      }
    },
  };
}

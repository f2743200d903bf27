import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What the engine's queue runner has for itself: one poll of one queue, which starts what waits. */
interface Runner {
  readonly states: ReadonlyMap<string, { readonly queue: unknown }>;
  pollQueue(executor: object, queue: unknown): Promise<boolean>;
}

/**
 * Has the engine look into a queue at once, and not at its next poll: what was just stored begins some 25 ms earlier.
 * The engine has no word for that, so this reaches for its insides (the package is pinned); where they look different,
 * nothing is done and the poll finds it. Two looks at a time are safe: to the database they are two workers, and it
 * lets each claim a delivery once.
 */
export function queueWaker(queue: string): () => Promise<void> {
  const find = createRequire(import.meta.url);
  const inside = (file: string): unknown => find(join(dirname(find.resolve('@dbos-inc/dbos-sdk')), file));
  let looking: Promise<void> | null = null;
  let again = false;
  const look = async (): Promise<void> => {
    const runner = runnerIn(inside('wfqueue.js'));
    const executor = executorIn(inside('dbos-executor.js'));
    const state = runner?.states.get(queue);
    if (runner === null || executor === null || state === undefined) return;
    do {
      again = false;
      await runner.pollQueue(executor, state.queue);
    } while (again);
  };
  return () => {
    // What is stored during a look may have come too late for it.
    again = true;
    looking ??= look()
      .catch(() => {})
      .finally(() => {
        looking = null;
      });
    return looking;
  };
}

function runnerIn(module: unknown): Runner | null {
  const runner = member(module, 'wfQueueRunner');
  return isRunner(runner) ? runner : null;
}

function isRunner(value: unknown): value is Runner {
  return member(value, 'states') instanceof Map && typeof member(value, 'pollQueue') === 'function';
}

function executorIn(module: unknown): object | null {
  const executor = member(member(module, 'DBOSExecutor'), 'globalInstance');
  return typeof executor === 'object' ? executor : null;
}

function member(value: unknown, name: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  return Reflect.get(value, name);
}

import { setTimeout as wait } from 'node:timers/promises';

/** Asks until it holds; what fails does not hold yet. */
export async function until(what: string, holds: () => Promise<boolean>, seconds = 60): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    if (await holds().catch(() => false)) return;
    if (performance.now() > deadline) throw new Error(`expected within ${seconds} s: ${what}`);
    await wait(100);
  }
}

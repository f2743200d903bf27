import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { median } from './table.ts';

/** What a piece of work took. What else the machine does slows the clock, and hardly the processor's time. */
export interface Cost {
  readonly milliseconds: number;
  /** Of processor time, by user and system, of all processes of it together; null where there is no `/proc`. */
  readonly seconds: number | null;
}

/** Of Linux: what `/proc` counts in. */
const TICKS_PER_SECOND = 100;

/** Runs a program to its end. @throws Error where it fails or takes more than a quarter of an hour */
export function costOf(
  program: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Cost {
  const [started, before] = [performance.now(), secondsOf('children')];
  const env = { ...process.env, ...variables };
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 900_000, env });
  return { milliseconds: performance.now() - started, seconds: difference(before, secondsOf('children')) };
}

/** Of work in this process and in those that it starts and ends. */
export async function costHere(work: () => Promise<unknown>): Promise<Cost> {
  const [started, before] = [performance.now(), secondsOf('all')];
  await work();
  return { milliseconds: performance.now() - started, seconds: difference(before, secondsOf('all')) };
}

export function medianCost(costs: readonly Cost[]): Cost {
  const seconds = costs.flatMap((cost) => cost.seconds ?? []);
  return {
    milliseconds: median(costs.map(({ milliseconds }) => milliseconds)),
    seconds: seconds.length < costs.length ? null : median(seconds),
  };
}

function difference(before: number | null, after: number | null): number | null {
  return before === null || after === null ? null : after - before;
}

/** Of this process, and of its children that have ended and theirs; or of those alone. */
function secondsOf(whom: 'all' | 'children'): number | null {
  try {
    // The second field is the program's name, which may hold blanks.
    const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const ticks = (whom === 'all' ? [11, 12, 13, 14] : [13, 14]).map((at) => Number(fields[at]));
    return ticks.reduce((sum, one) => sum + one, 0) / TICKS_PER_SECOND;
  } catch {
    return null;
  }
}

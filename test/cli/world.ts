import { randomBytes } from 'node:crypto';
import type { CliEnvironment } from '../../cli/command.ts';
import { runCli } from '../../cli/run.ts';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Call {
  readonly directory?: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** What stands on standard input. */
  readonly input?: string | Uint8Array;
  /** Characters in a line of the terminal. */
  readonly columns?: number | undefined;
  /** Called instead of waiting. */
  readonly slept?: () => Promise<void>;
}

/** Calls `trainyard` as its main program does, with a clock that runs a second with each sleep. */
export async function call(
  args: readonly string[],
  { directory = '/', variables = {}, input = '', columns, slept }: Call = {},
): Promise<Said> {
  const out: string[] = [];
  const err: string[] = [];
  let now = Date.parse('2026-11-02T10:00:00Z');
  const environment: CliEnvironment = {
    directory,
    variables,
    columns,
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    now: () => new Date(now),
    randomBytes,
    input: async (limit) => Buffer.from(input).subarray(0, limit + 1),
    async sleep(milliseconds) {
      now += Math.max(1000, milliseconds);
      await slept?.();
    },
  };
  const code = await runCli(args, environment);
  return { code, out: out.join('\n'), err: err.join('\n') };
}

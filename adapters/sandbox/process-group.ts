import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

/**
 * Takes a piece of a command's output. Where it returns a promise, nothing more is read until that settles: a command
 * that writes faster than its log is read waits, and its output does not pile up in memory.
 */
export type Take = (chunk: Buffer) => unknown;

/** How a command ended. Exactly one of `exitCode` and `signal` is set unless the command could not be started. */
export interface CommandOutcome {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The time limit ended it. */
  readonly timedOut: boolean;
  /** The caller's abort signal ended it. */
  readonly cancelled: boolean;
  /** The caller's other signal, `stop`, ended it. */
  readonly stopped: boolean;
  readonly seconds: number;
  /** Set when the program could not be started at all. */
  readonly error: string | null;
}

export interface CommandOptions {
  readonly cwd: string;
  /** The whole environment: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  /** Between SIGTERM and SIGKILL. */
  readonly graceSeconds?: number;
  /** The same after a cancel, where that leaves less time; default `graceSeconds`. */
  readonly cancelGraceSeconds?: number;
  readonly cancel?: AbortSignal;
  /** Ends it for a reason of the caller's own, with all of `graceSeconds`. */
  readonly stop?: AbortSignal;
  readonly onOutput?: Take;
  /** Takes standard output apart from standard error, which then alone goes to `onOutput`. */
  readonly onStdout?: Take;
  /**
   * What ends the command when this process dies without a word (SIGKILL reaches no handler): standard input is a pipe
   * that only this process holds open.
   * - `group`: a watcher in the command's group kills the group when the pipe closes;
   * - `own`: the program watches its standard input by itself. Closing the pipe then stands for SIGTERM, because a
   *   program under sudo cannot be signalled from here.
   */
  readonly lifeline?: 'group' | 'own';
}

/**
 * Becomes the command, and leaves a watcher behind that is no child of it. The watcher is deaf to the signals that let
 * the command end by itself.
 */
const WATCHED = `exec 3<&0 </dev/null
((trap '' TERM INT HUP; exec >/dev/null 2>&1; cat <&3; kill -KILL 0) &)
exec 3<&-
exec "$@"`;

/** Milliseconds that a timer of Node can wait, not quite 25 days: what is longer would end at once. */
const LONGEST_TIMER = 2 ** 31 - 1;
/** Time that a descendant which left the group may keep our pipes open before they are cut. */
const PIPE_GRACE_MS = 2000;
/** The same where whoever takes the output is slow, so that the end of it is not lost. */
const SLOW_GRACE_MS = 30_000;

/**
 * Runs a program in a process group of its own and ends the whole group with it: at the time limit, on cancel, and also
 * when the program itself exits but leaves children behind.
 */
export function runInGroup(argv: readonly [string, ...string[]], options: CommandOptions): Promise<CommandOutcome> {
  const [program, ...args] = options.lifeline === 'group' ? watched(argv) : argv;
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...options.environment },
      detached: true,
      stdio: [options.lifeline === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    const ending = superviseEnd(child.pid, () => child.stdin?.destroy(), options);
    child.stdin?.on('error', () => {
      // The supervisor ended first: a broken pipe is how a lifeline is expected to look then.
    });
    feed(child.stdout, options.onStdout ?? options.onOutput ?? ignore);
    feed(child.stderr, options.onOutput ?? ignore);

    let settled = false;
    const finish = (exitCode: number | null, signal: string | null, error: string | null): void => {
      if (settled) return;
      settled = true;
      ending.stop();
      resolve({ exitCode, signal, error, ...ending.cause(), seconds: (performance.now() - started) / 1000 });
    };
    child.on('error', (error) => finish(null, null, error.message));
    child.on('exit', () => {
      killGroup(child.pid, 'SIGKILL');
      cutLater(child.stdout, child.stderr);
    });
    child.on('close', (exitCode, signal) => finish(exitCode, signal, null));
  });
}

function watched(argv: readonly [string, ...string[]]): [string, ...string[]] {
  return ['/bin/sh', '-c', WATCHED, 'watched', ...argv];
}

/** Arms time limit and cancel; each ends the group with SIGTERM first and SIGKILL after the grace period. */
function superviseEnd(pid: number | undefined, closeLifeline: () => void, options: CommandOptions) {
  let ended: 'timedOut' | 'cancelled' | 'stopped' | null = null;
  let killTimer: NodeJS.Timeout | undefined;
  const grace = options.graceSeconds ?? 10;
  const end = (seconds: number): void => {
    if (killTimer !== undefined) return;
    if (options.lifeline === 'own') closeLifeline();
    else killGroup(pid, 'SIGTERM');
    killTimer = setTimeout(() => killGroup(pid, 'SIGKILL'), timer(seconds));
  };
  const limit = setTimeout(() => {
    ended ??= 'timedOut';
    end(grace);
  }, timer(options.timeoutSeconds));
  const unheard = [
    heard(options.cancel, () => {
      ended ??= 'cancelled';
      end(options.cancelGraceSeconds ?? grace);
    }),
    heard(options.stop, () => {
      ended ??= 'stopped';
      end(grace);
    }),
  ];
  return {
    cause: () => ({ timedOut: ended === 'timedOut', cancelled: ended === 'cancelled', stopped: ended === 'stopped' }),
    stop: () => {
      clearTimeout(limit);
      clearTimeout(killTimer);
      for (const forget of unheard) forget();
    },
  };
}

/** Calls once a signal is aborted, also one that is already. @returns no longer listens */
function heard(signal: AbortSignal | undefined, call: () => void): () => void {
  if (signal?.aborted === true) call();
  else signal?.addEventListener('abort', call, { once: true });
  return () => signal?.removeEventListener('abort', call);
}

function timer(seconds: number): number {
  return Math.min(seconds * 1000, LONGEST_TIMER);
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: the group is gone already. EPERM: it runs under sudo and ends by its lifeline instead.
  }
}

function feed(stream: Readable | null, take: Take): void {
  stream?.on('data', (chunk: Buffer) => {
    const taken = take(chunk);
    if (!(taken instanceof Promise)) return;
    stream.pause();
    const goOn = (): void => void stream.resume();
    taken.then(goOn, goOn);
  });
}

function cutLater(...streams: readonly (Readable | null)[]): void {
  for (const stream of streams) {
    if (stream === null) continue;
    const timers = [
      setTimeout(() => {
        if (!stream.isPaused()) stream.destroy();
      }, PIPE_GRACE_MS),
      setTimeout(() => stream.destroy(), SLOW_GRACE_MS),
    ];
    for (const timer of timers) timer.unref();
    stream.once('close', () => timers.forEach(clearTimeout));
  }
}

function ignore(): void {}

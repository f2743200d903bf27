import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';

/** Longer lines are cut into several: a line is held in memory until it ends. */
const MAX_LINE = 256 * 1024;

export interface ProcessRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
  /** Ends the process group when it fires: SIGINT, then SIGTERM, then SIGKILL. With the reason `force`, SIGKILL at once. */
  readonly signal: AbortSignal;
  /** Milliseconds between these. */
  readonly grace: { readonly interrupt: number; readonly terminate: number };
}

export interface ProcessResult {
  /** 128 + the signal's number if a signal ended it. */
  readonly code: number;
  readonly interrupted: boolean;
}

/**
 * Runs a command in a process group of its own and resolves when it has ended and its output is read.
 * @throws Error (ENOENT, EACCES) if it can't be started.
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  const child = spawn(request.command, request.args, {
    cwd: request.cwd,
    env: { ...request.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + signalNumber(signal)));
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  readLines(child.stdout, request.onLine);
  readLines(child.stderr, request.onLine);
  const stop = new AbortController();
  const killing = killOnAbort(child, request, stop.signal);
  try {
    const code = await exited;
    // A daemon that the step left behind may hold the pipes open for ever.
    await Promise.race([closed, delay(request.signal.aborted ? 200 : 5_000, undefined, { signal: stop.signal })]);
    return { code, interrupted: request.signal.aborted };
  } finally {
    child.stdout.destroy();
    child.stderr.destroy();
    if (request.signal.aborted && child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
    stop.abort();
    await killing;
  }
}

/** Splits at line ends without ever holding more than one longest line. */
function readLines(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let pending = '';
  const take = (text: string): void => {
    const lines = (pending + text).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
    while (pending.length > MAX_LINE) {
      onLine(pending.slice(0, MAX_LINE));
      pending = pending.slice(MAX_LINE);
    }
  };
  stream.on('data', (chunk: Buffer) => take(decoder.write(chunk)));
  stream.once('end', () => {
    take(decoder.end());
    if (pending !== '') onLine(pending);
  });
}

async function killOnAbort(child: ChildProcess, request: ProcessRequest, stop: AbortSignal): Promise<void> {
  await aborted(AbortSignal.any([request.signal, stop]));
  const pid = child.pid;
  if (stop.aborted || pid === undefined) return;
  try {
    if (request.signal.reason !== 'force') {
      signalGroup(pid, 'SIGINT');
      await delay(request.grace.interrupt, undefined, { signal: stop });
      signalGroup(pid, 'SIGTERM');
      await delay(request.grace.terminate, undefined, { signal: stop });
    }
    signalGroup(pid, 'SIGKILL');
  } catch {
    // it ended within the grace period
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // the group is gone
  }
}

function signalNumber(signal: NodeJS.Signals | null): number {
  const numbers: Partial<Record<NodeJS.Signals, number>> = {
    SIGHUP: 1,
    SIGINT: 2,
    SIGKILL: 9,
    SIGSEGV: 11,
    SIGTERM: 15,
  };
  return (signal !== null && numbers[signal]) || 1;
}

/** The processes that carry `RUNNER_TRACKING_ID=<id>`, in whichever group they are. Empty where there is no /proc. */
export function trackedProcesses(trackingId: string): number[] {
  const needle = `RUNNER_TRACKING_ID=${trackingId}\0`;
  return processIds().filter((pid) => {
    try {
      return `${readFileSync(`/proc/${pid}/environ`, 'latin1')}\0`.includes(needle);
    } catch {
      return false; // gone, or somebody else's
    }
  });
}

function processIds(): number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
}

/** Kills what a job left behind, and resolves when it is gone. @returns how many processes there were. */
export async function killTracked(trackingId: string): Promise<number> {
  const found = new Set<number>();
  for (let round = 0; round < 50; round += 1) {
    const alive = trackedProcesses(trackingId).filter((pid) => pid !== process.pid);
    // A process that is on its way out shows no environment any more, and still is there.
    if (alive.length === 0 && ![...found].some(isRunning)) break;
    for (const pid of alive) {
      found.add(pid);
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // gone meanwhile
      }
    }
    await delay(10);
  }
  return found.size;
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

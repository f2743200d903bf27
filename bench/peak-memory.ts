import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

export interface Finished {
  readonly milliseconds: number;
  /** The most that the process and all that it started held in memory at one time, in MB (10^6 bytes). */
  readonly megabytes: number;
}

/** Runs a program and looks every 20 ms at what it holds in memory. Linux only. @throws Error where it fails */
export async function peakMemory(program: string, args: readonly string[]): Promise<Finished> {
  const started = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let [running, peak] = [true, 0];
  void ended.then(() => {
    running = false;
  });
  while (running) {
    peak = Math.max(peak, residentOf(child.pid ?? 0));
    await Promise.race([wait(20), ended]);
  }
  const code = await ended;
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
  return { milliseconds: performance.now() - started, megabytes: peak / 1e6 };
}

/** In bytes, of a process and all below it. A process may end while it is looked at. */
function residentOf(root: number): number {
  const parents = new Map<number, number>();
  const sizes = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const status = read(`/proc/${name}/status`);
    parents.set(Number(name), Number(/^PPid:\s+(\d+)/m.exec(status)?.[1] ?? 0));
    sizes.set(Number(name), Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024);
  }
  const isBelow = (pid: number): boolean => pid === root || (pid > 1 && isBelow(parents.get(pid) ?? 0));
  let total = 0;
  for (const [pid, size] of sizes) if (isBelow(pid)) total += size;
  return total;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

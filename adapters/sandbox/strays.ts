import { readdir, readFile } from 'node:fs/promises';

const PASSES = 5;

/**
 * Kills the processes of this user that were started with a variable in their environment, wherever they have gone: out
 * of their process group, or to another parent. A process that rewrites its own environment escapes; the machine, not
 * this, is the boundary for such code.
 *
 * @param variable `NAME=value`, with a value that is unique to what is to end
 */
export async function endStrays(variable: string): Promise<number> {
  let ended = 0;
  // Again, because a process may start another between the look and the kill.
  for (let pass = 0; pass < PASSES; pass += 1) {
    const pids = await processesWith(variable);
    if (pids.length === 0) break;
    for (const pid of pids) if (kill(pid)) ended += 1;
  }
  return ended;
}

async function processesWith(variable: string): Promise<readonly number[]> {
  const wanted = Buffer.from(`\0${variable}\0`);
  // Without /proc (not Linux) nothing is found.
  const names = await readdir('/proc').catch(() => []);
  const found = await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .map(async (name) => {
        const environment = await readFile(`/proc/${name}/environ`).catch(() => Buffer.alloc(0));
        return Buffer.concat([Buffer.from([0]), environment]).includes(wanted) ? [Number(name)] : [];
      }),
  );
  return found.flat();
}

function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    // It ended by itself.
    return false;
  }
}

import { readFile } from 'node:fs/promises';

/** Both count since the machine, or the container, was started; the second sees its own limit alone. */
const COUNTERS = ['/proc/vmstat', '/sys/fs/cgroup/memory.events'];

/** How many processes the kernel has ended for want of memory; 0 where it does not tell. */
export async function countOutOfMemory(files: readonly string[] = COUNTERS): Promise<number> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  return texts.reduce((sum, text) => sum + Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0), 0);
}

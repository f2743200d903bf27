import { readdirSync, readFileSync } from 'node:fs';

/** Command lines of all processes that these have started, as Linux shows them to everybody; what ended meanwhile is left out. */
export function commandLinesBelow(root: number): readonly string[] {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const parents = new Map(processes.map((pid) => [Number(pid), parentOf(pid)]));
  const isBelow = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at))
      if (at === root) return true;
    return false;
  };
  return [...parents.keys()].filter(isBelow).map((pid) => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' '));
}

function parentOf(pid: string): number | undefined {
  // The name, in brackets, may hold anything.
  const parent = /\) \S (\d+) /.exec(read(`/proc/${pid}/stat`))?.[1];
  return parent === undefined ? undefined : Number(parent);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

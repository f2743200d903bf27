import { readdirSync, readFileSync } from 'node:fs';

/** The variable by which everything that a machine's processes start is found. */
export const MACHINE = 'TRAINYARD_MACHINE';

/** Processes that carry the machine's mark and are not on their way out. Empty where there is no /proc. */
export function processesOf(machine: string): readonly number[] {
  return processIds().filter((pid) => {
    try {
      const environment = `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`;
      return environment.includes(`\0${MACHINE}=${machine}\0`) && !isZombie(pid);
    } catch {
      return false; // gone, or somebody else's
    }
  });
}

function isZombie(pid: number): boolean {
  return /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

function processIds(): readonly number[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

/** Ends them at once. What ended meanwhile is passed over. */
export function kill(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // gone meanwhile
    }
  }
}

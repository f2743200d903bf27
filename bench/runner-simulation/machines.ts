import type { RunId } from '../../core/names.ts';
import { type RunnerName, readRunnerName } from '../../core/runners/names.ts';
import type { Machine, MachineOrder } from '../../flows/runner-port.ts';
import type { SimulatedGithub, Violations } from './github.ts';
import type { Chance, VirtualTime } from './virtual-time.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

interface SimulatedMachine {
  readonly name: RunnerName;
  readonly run: RunId;
  readonly createdAt: number;
  state: Machine['state'];
  reason: string | null;
  gone: boolean;
}

/** A provider whose machines come up slowly or never, are reclaimed, and hang when their job has ended. */
export class SimulatedMachines {
  readonly byRun = new Map<RunId, SimulatedMachine[]>();
  made = 0;
  reclaimed = 0;
  neverCame = 0;
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  readonly #github: SimulatedGithub;
  readonly #violations: Violations;

  constructor(time: VirtualTime, given: Chance, github: SimulatedGithub, violations: Violations) {
    this.#time = time;
    this.#chance = given;
    this.#github = github;
    this.#violations = violations;
    github.whenDone = (name) => {
      // One in ten does not end by itself.
      if (!this.#chance.is(0.1)) this.#time.after(this.#chance.between(1, 30) * SECOND, () => this.#end(name, 'done'));
    };
  }

  create({ name, run, deadline }: MachineOrder): void {
    const own = this.byRun.get(run) ?? [];
    if (own.some((machine) => machine.name === name)) return;
    this.made += 1;
    const machine: SimulatedMachine = {
      ...{ name, run, createdAt: this.#time.now },
      ...{ state: 'starting', reason: null, gone: false },
    };
    this.byRun.set(run, [...own, machine]);
    this.#time.after(deadline * SECOND, () => this.#end(name, 'deadline'));
    if (this.#chance.is(0.05))
      this.#time.after(this.#chance.between(0, 60) * MINUTE, () => {
        if (machine.state !== 'ended') this.reclaimed += 1;
        this.#end(name, 'reclaimed');
      });
    if (this.#chance.is(0.01)) {
      this.neverCame += 1;
      return;
    }
    this.#time.after(this.#chance.lognormal(70 * SECOND, 0.9), () => {
      if (machine.state === 'ended') return;
      machine.state = 'running';
      if (!this.#github.connect(name)) this.#end(name, 'refused by GitHub');
    });
  }

  list(run: RunId | null): readonly Machine[] {
    const own = run === null ? [...this.byRun.values()].flat() : (this.byRun.get(run) ?? []);
    return own.map(({ gone: _gone, ...machine }) => machine);
  }

  terminate(name: RunnerName): void {
    const machine = this.#find(name);
    if (machine === undefined) return;
    if (machine.state !== 'ended' && this.#github.busy(name)) this.#violations.reaped.push(name);
    this.#end(name, 'terminated');
    this.#time.after(this.#chance.between(1, 60) * SECOND, () => {
      const own = this.byRun.get(machine.run) ?? [];
      this.byRun.set(
        machine.run,
        own.filter((other) => other !== machine),
      );
      if (own.length <= 1) this.byRun.delete(machine.run);
    });
  }

  gone(name: RunnerName): boolean {
    return this.#find(name) === undefined;
  }

  #end(name: RunnerName, reason: string): void {
    const machine = this.#find(name);
    if (machine === undefined || machine.state === 'ended') return;
    machine.state = 'ended';
    machine.reason = reason;
    this.#github.disconnect(name);
  }

  #find(name: RunnerName): SimulatedMachine | undefined {
    const run = readRunnerName(name)?.run;
    return run === undefined ? undefined : this.byRun.get(run)?.find((machine) => machine.name === name);
  }
}

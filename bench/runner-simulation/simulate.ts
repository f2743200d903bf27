import { RepositoryName, type RunId } from '../../core/names.ts';
import { ulid } from '../../core/ulid.ts';
import { PortError } from '../../flows/ports.ts';
import type { EphemeralRunners } from '../../flows/runner-port.ts';
import { type RunnerNeed, type RunnerPorts, settleRunner } from '../../flows/runner-settle.ts';
import { SimulatedGithub, type SimulatedJob, type Violations } from './github.ts';
import { SimulatedMachines } from './machines.ts';
import { type Chance, chance, VirtualTime } from './virtual-time.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export interface SimulationOptions {
  readonly jobs: number;
  readonly seed: number;
  /** Probabilities: a webhook never comes, comes late, comes twice. */
  readonly webhooks: { readonly lost: number; readonly late: number; readonly twice: number };
  /** Probabilities of each call: it fails before its effect, after it, and the whole process dies there. */
  readonly calls: { readonly before: number; readonly after: number; readonly crash: number };
}

export const ROUGH: Omit<SimulationOptions, 'jobs' | 'seed'> = {
  webhooks: { lost: 0.1, late: 0.1, twice: 0.05 },
  calls: { before: 0.03, after: 0.01, crash: 0.003 },
};

export interface SimulationResult {
  readonly jobs: number;
  readonly machines: number;
  readonly reclaimed: number;
  readonly neverCame: number;
  readonly stolen: number;
  readonly settles: number;
  /** Milliseconds from queued to started, of each job that was not cancelled, sorted. */
  readonly waits: readonly number[];
  /** Milliseconds for which a machine went on after the end of its run's job, sorted. */
  readonly idles: readonly number[];
  readonly leftMachines: number;
  readonly leftRunners: number;
  /** Jobs that never started. */
  readonly unserved: number;
  readonly violations: Violations;
  /** Virtual time. */
  readonly hours: number;
}

class Crash extends Error {}

const REPOSITORY = RepositoryName.parse('octo/models');

/** Many runs of one repository, over days of virtual time, with all that goes wrong. The same seed, the same course. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const world = new World(options);
  return world.run();
}

class World {
  readonly #options: SimulationOptions;
  readonly #chance: Chance;
  readonly #time = new VirtualTime(Date.UTC(2026, 10, 2));
  readonly #violations: Violations = { thefts: [], reaped: [] };
  readonly #github: SimulatedGithub;
  readonly #machines: SimulatedMachines;
  readonly #open = new Set<RunId>();
  readonly #memory = new Map<string, string>();
  readonly #endedAt = new Map<RunId, number>();
  readonly #idles: number[] = [];
  readonly #outages: { readonly of: 'github' | 'provider'; readonly from: number; readonly to: number }[] = [];
  #settles = 0;
  #lastArrival = 0;
  #left: number;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#left = options.jobs;
    this.#chance = chance(options.seed);
    this.#github = new SimulatedGithub(this.#time, this.#chance, this.#violations, (job) => this.#tell(job));
    this.#machines = new SimulatedMachines(this.#time, this.#chance, this.#github, this.#violations);
  }

  async run(): Promise<SimulationResult> {
    const start = this.#time.now;
    for (let day = 0; day < 10; day += 1) this.#outage(start + day * 24 * HOUR);
    this.#arrive();
    this.#time.after(MINUTE, () => this.#round());
    await this.#time.run();
    const jobs = [...this.#github.jobs.values()];
    const served = jobs.filter(({ cancelled }) => !cancelled);
    const waits = served.flatMap(({ startedAt, queuedAt }) => (startedAt === null ? [] : [startedAt - queuedAt]));
    return {
      jobs: jobs.length,
      machines: this.#machines.made,
      reclaimed: this.#machines.reclaimed,
      neverCame: this.#machines.neverCame,
      stolen: this.#github.stolen,
      settles: this.#settles,
      waits: waits.sort((a, b) => a - b),
      idles: this.#idles.sort((a, b) => a - b),
      leftMachines: this.#machines.list(null).length,
      leftRunners: this.#github.runners.size,
      unserved: served.length - waits.length,
      violations: this.#violations,
      hours: (this.#time.now - start) / HOUR,
    };
  }

  /** Each day the one or the other does not answer for a while. */
  #outage(day: number): void {
    const from = day + this.#chance.between(0, 24) * HOUR;
    this.#outages.push({ of: this.#chance.is(0.5) ? 'github' : 'provider', from, to: from + 20 * MINUTE });
  }

  #arrive(): void {
    if (this.#left === 0) return;
    this.#left -= 1;
    const { now } = this.#time;
    const run = ulid(
      now,
      Uint8Array.from({ length: 10 }, () => Math.floor(this.#chance.next() * 256)),
    );
    this.#open.add(run);
    this.#github.queue(this.#job(run, false));
    // Somebody else's workflow asks for the label that it has read off.
    if (this.#chance.is(0.003)) {
      this.#time.after(this.#chance.between(0, 2) * MINUTE, () => this.#github.queue(this.#job(run, true)));
    }
    this.#time.after(-Math.log(1 - this.#chance.next()) * 45 * SECOND, () => this.#arrive());
  }

  #job(run: RunId, thief: boolean): SimulatedJob {
    const duration = Math.min(this.#chance.lognormal(12 * MINUTE, 1), 6 * HOUR);
    const job: SimulatedJob = {
      ...{ run, label: run, thief, queuedAt: this.#time.now, duration },
      ...{ status: 'queued', runner: null, startedAt: null, cancelled: false },
    };
    if (!thief && this.#chance.is(0.03))
      this.#time.after(this.#chance.between(0, 10) * MINUTE, () => this.#github.end(job, true));
    // The other repository's owner gives up: GitHub ends what waits for a day.
    if (thief) this.#time.after(24 * HOUR, () => this.#github.end(job, true));
    return job;
  }

  #tell(job: SimulatedJob): void {
    if (job.status === 'completed' && !job.thief) {
      this.#endedAt.set(job.run, this.#time.now);
      // The run's record moves on a moment later.
      this.#time.after(5 * SECOND, () => void this.#open.delete(job.run));
    }
    const { lost, late, twice } = this.#options.webhooks;
    const deliver = (): void =>
      this.#time.after(this.#chance.is(late) ? this.#chance.between(0, 10) * MINUTE : SECOND, () =>
        this.#settle(job.label),
      );
    if (!this.#chance.is(lost)) deliver();
    if (this.#chance.is(twice)) deliver();
  }

  async #round(): Promise<void> {
    const runs = new Set(this.#open);
    for (const run of this.#machines.byRun.keys()) runs.add(run);
    for (const { run } of this.#github.runners.values()) runs.add(run);
    for (const run of runs) await this.#settle(run);
    if (this.#left > 0) this.#lastArrival = this.#time.now;
    // What is not cleared within two days never will be, and is counted.
    const over = this.#time.now > this.#lastArrival + 48 * HOUR;
    if (runs.size > 0 && !over) this.#time.after(MINUTE, () => this.#round());
  }

  async #settle(run: RunId): Promise<void> {
    this.#settles += 1;
    const need: RunnerNeed | null = this.#open.has(run)
      ? {
          provider: 'kubernetes',
          workflowRun: 1,
          timeout: 6 * 3600,
          order: { resources: { gpus: 1, spot: true }, trust: 'member' },
        }
      : null;
    const had = this.#machines.list(run).length;
    try {
      await settleRunner(this.#ports(run), { repository: REPOSITORY, run, need });
    } catch (error) {
      // What does not answer is asked again in the next round; so is what a process that died had begun.
      if (!(error instanceof PortError) && !(error instanceof Crash)) throw error;
    }
    const ended = this.#endedAt.get(run);
    if (had > 0 && ended !== undefined && this.#machines.list(run).every(({ state }) => state === 'ended')) {
      this.#idles.push(this.#time.now - ended);
      this.#endedAt.delete(run);
    }
  }

  /** Ports of one look, which may die at each call. */
  #ports(run: RunId): RunnerPorts {
    const { before, after, crash } = this.#options.calls;
    let dead = false;
    const call = async <T>(of: 'github' | 'provider', action: () => T): Promise<T> => {
      if (dead) throw new Crash();
      dead = this.#chance.is(crash);
      if (dead && this.#chance.is(0.5)) throw new Crash();
      const { now } = this.#time;
      const out = this.#outages.some((outage) => outage.of === of && outage.from <= now && now < outage.to);
      if (out || this.#chance.is(before)) throw new PortError('unavailable', `${of} did not answer`);
      // Between two calls GitHub may give the job to the runner that is about to be taken away.
      if (this.#chance.is(0.02)) this.#github.assign(run);
      const result = action();
      if (dead) throw new Crash();
      if (this.#chance.is(after)) throw new PortError('unavailable', `the answer of ${of} was lost`);
      return result;
    };
    const runners: EphemeralRunners = {
      registrations: {
        list: (of) => call('github', () => this.#github.list(of)),
        get: (id) =>
          call('github', () => {
            const found = this.#github.runners.get(id);
            return found === undefined ? null : this.#github.get(found);
          }),
        register: (name, labels) =>
          call('github', () => {
            const id = this.#github.register(name, labels);
            return id === 'exists' ? id : { id, encoded: 'secret' };
          }),
        remove: (id) => call('github', () => this.#github.remove(id)),
        job: () => call('github', () => this.#github.jobs.get(run) ?? null),
      },
      providers: new Map([
        [
          'kubernetes',
          {
            create: (order) => call('provider', () => this.#machines.create(order)),
            list: (_repository, of) => call('provider', () => this.#machines.list(of)),
            terminate: (name) => call('provider', () => this.#machines.terminate(name)),
            gone: (name) => call('provider', () => this.#machines.gone(name)),
          },
        ],
      ]),
    };
    return {
      runners,
      clock: { now: () => new Date(this.#time.now) },
      turns: { take: (_key, action) => action() },
      inFlight: this.#inFlight(),
    };
  }

  #inFlight(): RunnerPorts['inFlight'] {
    return {
      progress: async (key) => this.#memory.get(key) ?? null,
      putProgress: async (key, value) => void this.#memory.set(key, value),
    };
  }
}

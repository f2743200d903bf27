import type { RunId } from '../../core/names.ts';
import { type RunnerName, readRunnerName, runOfLabels } from '../../core/runners/names.ts';
import type { JobSeen, Registered } from '../../core/runners/situation.ts';
import type { Chance, VirtualTime } from './virtual-time.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

export interface SimulatedJob {
  readonly run: RunId;
  /** The label that it asks for: of another's run, for a thief. */
  readonly label: RunId;
  readonly thief: boolean;
  readonly queuedAt: number;
  readonly duration: number;
  status: JobSeen['status'];
  runner: RunnerName | null;
  startedAt: number | null;
  cancelled: boolean;
}

interface SimulatedRunner {
  readonly id: number;
  readonly name: RunnerName;
  readonly run: RunId;
  readonly at: number;
  /** GitHub's list may not show it yet. */
  readonly listedFrom: number;
  online: boolean;
  job: SimulatedJob | null;
  busySince: number;
}

/** What went against the rules. */
export interface Violations {
  readonly thefts: string[];
  readonly reaped: string[];
}

/** GitHub's jobs and runners, with lists that lag behind. */
export class SimulatedGithub {
  readonly runners = new Map<number, SimulatedRunner>();
  readonly byRun = new Map<RunId, Set<SimulatedRunner>>();
  readonly jobs = new Map<RunId, SimulatedJob>();
  readonly #waiting = new Map<RunId, SimulatedJob[]>();
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  readonly #told: (job: SimulatedJob) => void;
  readonly #violations: Violations;
  /** Called when a runner's job has ended, and it with it. */
  whenDone: (runner: RunnerName) => void = () => undefined;
  /** Runners that another's job was given. */
  stolen = 0;
  #ids = 0;

  constructor(time: VirtualTime, given: Chance, violations: Violations, told: (job: SimulatedJob) => void) {
    this.#time = time;
    this.#chance = given;
    this.#violations = violations;
    this.#told = told;
  }

  queue(job: SimulatedJob): void {
    if (!job.thief) this.jobs.set(job.run, job);
    this.#waiting.set(job.label, [...(this.#waiting.get(job.label) ?? []), job]);
    this.#told(job);
    this.assignSoon(job.label);
  }

  /** A job that waits or runs ends; its runner goes with it. */
  end(job: SimulatedJob, cancelled: boolean): void {
    if (job.status === 'completed') return;
    job.status = 'completed';
    job.cancelled = cancelled;
    this.#waiting.set(
      job.label,
      (this.#waiting.get(job.label) ?? []).filter((other) => other !== job),
    );
    const runner = [...(this.byRun.get(job.label) ?? [])].find((one) => one.job === job);
    if (runner !== undefined) {
      this.#forget(runner);
      this.whenDone(runner.name);
    }
    this.#told(job);
  }

  /** GitHub gives a job to a runner by its labels alone, whatever the runner is called. */
  register(name: RunnerName, labels: readonly string[]): number | 'exists' {
    const run = runOfLabels(labels);
    if (run === null) throw new Error(`${name} has no label of a run`);
    const own = this.byRun.get(run) ?? new Set();
    if ([...own].some((runner) => runner.name === name)) return 'exists';
    this.#ids += 1;
    const lag = this.#chance.is(0.1) ? this.#chance.between(0, MINUTE) : 0;
    const at = this.#time.now;
    const runner = { id: this.#ids, name, run, at, listedFrom: at + lag, online: false, job: null, busySince: 0 };
    this.runners.set(runner.id, runner);
    this.byRun.set(run, own.add(runner));
    return runner.id;
  }

  /** What runs on a machine connects. @returns whether GitHub knows it (still) */
  connect(name: RunnerName): boolean {
    const runner = this.#named(name);
    if (runner === undefined) return false;
    runner.online = true;
    this.assignSoon(runner.run);
    return true;
  }

  /** Its machine is gone: a job that it ran is given up after a while. */
  disconnect(name: RunnerName): void {
    const runner = this.#named(name);
    if (runner === undefined) return;
    runner.online = false;
    const { job } = runner;
    if (job !== null) this.#time.after(this.#chance.between(2, 12) * MINUTE, () => this.end(job, false));
  }

  busy(name: RunnerName): boolean {
    return this.#named(name)?.job != null;
  }

  assignSoon(label: RunId): void {
    this.#time.after(this.#chance.between(1, 20) * SECOND, () => this.assign(label));
  }

  assign(label: RunId): void {
    // Of jobs with the same label any may be given the runner.
    const waiting = this.#waiting.get(label) ?? [];
    const job = waiting[Math.floor(this.#chance.next() * waiting.length)];
    const runner = [...(this.byRun.get(label) ?? [])].find((one) => one.online && one.job === null);
    if (job === undefined || runner === undefined) return;
    if (!job.thief && readRunnerName(runner.name)?.run !== job.run)
      this.#violations.thefts.push(`${job.run} on ${runner.name}`);
    this.#waiting.set(
      label,
      (this.#waiting.get(label) ?? []).filter((other) => other !== job),
    );
    if (job.thief) this.stolen += 1;
    job.status = 'in_progress';
    job.runner = runner.name;
    job.startedAt = this.#time.now;
    runner.job = job;
    runner.busySince = this.#time.now;
    this.#told(job);
    this.#time.after(job.duration, () => {
      // Where its machine is gone it does not end by itself.
      if (runner.online) this.end(job, false);
    });
  }

  /** As the list has it: what is new may be missing, and who is busy may not show yet. */
  list(run: RunId | null): readonly Registered[] {
    const { now } = this.#time;
    const from = run === null ? this.runners.values() : (this.byRun.get(run) ?? []);
    return [...from]
      .filter(({ listedFrom }) => listedFrom <= now)
      .map((runner) => ({ ...this.get(runner), busy: runner.job !== null && now - runner.busySince > 5 * SECOND }));
  }

  get({ id, name, online, job }: SimulatedRunner): Registered {
    return { id, name, online, busy: job !== null };
  }

  remove(id: number): 'removed' | 'busy' {
    const runner = this.runners.get(id);
    if (runner?.job != null) return 'busy';
    if (runner !== undefined) this.#forget(runner);
    return 'removed';
  }

  #named(name: RunnerName): SimulatedRunner | undefined {
    const run = readRunnerName(name)?.run;
    return run === undefined ? undefined : [...(this.byRun.get(run) ?? [])].find((one) => one.name === name);
  }

  #forget(runner: SimulatedRunner): void {
    this.runners.delete(runner.id);
    this.byRun.get(runner.run)?.delete(runner);
  }
}

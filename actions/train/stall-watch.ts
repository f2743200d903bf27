import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { listCheckpoint, markOf } from '../../adapters/checkpoints/listing.ts';
import type { TellNote } from '../../adapters/live-metrics/ingest.ts';
import { lineBegun, losesNumber } from '../../core/training/loss.ts';
import {
  type LiveNote,
  LOST_IN_LOG,
  type StallPolicy,
  type Stillness,
  StillnessCount,
  stalledWords,
} from '../../core/training/stall.ts';
import type { TrainNote } from '../../core/training/status.ts';
import type { CommandLog } from '../runtime/command-log.ts';
import type { Job } from '../runtime/job.ts';
import type { MetricsTail } from './metrics-tail.ts';

/** Of time between two looks, so much counts: what is more was no time of this process, or no time at all. */
const LONGEST_GAP_SECONDS = 5;
/** For how long a loss that the log called no number is told after the log said so last. */
const LOG_LOSS_SECONDS = 300;
/** Seconds after which the App is told again for how long it lasts. */
const TOLD_AGAIN_SECONDS = 300;
/** GitHub shows ten warnings of a step. */
const WARNINGS = 5;

export interface StallPlan extends StallPolicy {
  /** What says that a stalled run is ended, as its reader knows it. */
  readonly says: string;
  /** Whether training asks for GPUs; else they count once they were seen in use. */
  readonly gpus: boolean;
  /** Whether the App may know something of an attempt before. */
  readonly further: boolean;
  /** Tells the App what is the matter; null: nobody. */
  readonly tell: TellNote | null;
  /** Milliseconds between two looks. */
  readonly intervalMs: number;
}

/** What shows that a command lives. */
export interface Living {
  readonly log: CommandLog;
  readonly metrics: MetricsTail;
  /** The folder of checkpoints. */
  readonly checkpoint: string;
  /** Share of 0 to 1 of the busiest GPU; null where it can't be told. Undefined: there is none. */
  readonly gpuUse: (() => Promise<number | null>) | undefined;
}

export interface StallWatch {
  /** Aborted when policy says that the command is to be ended. */
  readonly stop: AbortSignal;
  /** Ends the watch. @returns why the command was to be ended, or null; and what its author should know */
  end(): Promise<{ readonly stopped: string | null; readonly notes: readonly TrainNote[] }>;
}

interface Trouble {
  readonly kind: NonNullable<LiveNote['stalled']>;
  readonly words: string;
  readonly seconds: number;
}

/**
 * Watches a command for signs of life, from its start on. Nothing that it asks holds the command up or fails it. Time is
 * the machine's own since it started, which no change of the clock moves.
 */
export function watchStall(plan: StallPlan, living: Living, job: Job): StallWatch {
  const watch = new Watch(plan, living, job);
  const loop = watch.run();
  return {
    stop: watch.stop.signal,
    async end() {
      watch.ended.abort();
      await loop;
      return watch.found();
    },
  };
}

class Watch {
  readonly stop = new AbortController();
  readonly ended = new AbortController();
  readonly #plan: StallPlan;
  readonly #living: Living;
  readonly #job: Job;
  readonly #count = new StillnessCount(LONGEST_GAP_SECONDS);
  readonly #log: LogLoss;
  readonly #checkpoint: Sample<number>;
  readonly #gpu: Sample<number | null>;
  readonly #notes = new Map<TrainNote['code'], string>();
  #stopped: string | null = null;
  #told: Trouble['kind'] | null = null;
  /** What the App knows; undefined where that is not known. */
  #posted: { readonly kind: Trouble['kind'] | null; readonly seconds: number } | undefined = { kind: null, seconds: 0 };
  #warnings = 0;
  #used = false;

  constructor(plan: StallPlan, living: Living, job: Job) {
    [this.#plan, this.#living, this.#job] = [plan, living, job];
    if (plan.further) this.#posted = undefined;
    this.#log = new LogLoss(living.log);
    // Often enough to be right by a tenth, and no burden to the machine.
    const every = Math.max(2, Math.min(60, (plan.after ?? 600) / 10));
    this.#checkpoint = new Sample(every, plan.after === null ? undefined : changesIn(living.checkpoint), 0);
    this.#gpu = new Sample<number | null>(every, plan.after === null ? undefined : living.gpuUse, null);
  }

  async run(): Promise<void> {
    while (!this.ended.signal.aborted && this.#stopped === null) {
      await this.#look(performance.now() / 1000);
      await pause(this.#plan.intervalMs, undefined, { signal: this.ended.signal, ref: false }).catch(() => undefined);
      // Where this process stood still, what was printed meanwhile is read first.
      await turn();
    }
  }

  found(): { readonly stopped: string | null; readonly notes: readonly TrainNote[] } {
    const notes = [...this.#notes].map(([code, message]) => ({ code, message: message.slice(0, 1000) }));
    return { stopped: this.#stopped, notes: this.#stopped === null ? notes : [] };
  }

  async #look(now: number): Promise<void> {
    const { log, metrics } = this.#living;
    const signs = JSON.stringify([log.taken, metrics.news(), this.#checkpoint.last(now)]);
    const gpuUse = this.#gpu.fresh(now);
    this.#used ||= (gpuUse ?? 0) > 0;
    const counts = this.#plan.gpus || this.#used;
    const trouble = this.#judge(now, this.#count.look(now, { signs, gpuUse: counts ? gpuUse : null }));
    if (trouble !== null) this.#note(trouble);
    if (trouble !== null && trouble.kind !== this.#told) this.#warn(trouble.words);
    this.#told = trouble?.kind ?? null;
    if (trouble !== null && this.#plan.stop) this.#end(`${trouble.words}; ${this.#plan.says} says stop`);
    await this.#post(trouble);
  }

  #judge(now: number, still: Stillness): Trouble | null {
    const lost = this.#living.metrics.lostLoss();
    if (lost !== null) return { kind: 'loss', words: lost, seconds: 0 };
    if (this.#log.look(now)) return { kind: 'loss', words: LOST_IN_LOG, seconds: 0 };
    const words = stalledWords(still, this.#plan);
    if (words === null) return null;
    const kind = still.quiet >= (this.#plan.after ?? 0) ? 'quiet' : 'idle';
    return { kind, words, seconds: Math.floor(still[kind]) };
  }

  #note({ kind, words }: Trouble): void {
    this.#notes.set(kind === 'loss' ? 'loss_not_a_number' : 'stalled', `${words}.`);
  }

  #warn(words: string): void {
    this.#warnings += 1;
    if (this.#warnings <= WARNINGS) this.#living.log.aside(() => this.#job.log.warning(words));
  }

  #end(why: string): void {
    this.#stopped = why;
    this.stop.abort();
  }

  /** Once for each change, and again while it lasts, or where the App could not be reached. */
  async #post(trouble: Trouble | null): Promise<void> {
    const [kind, seconds] = [trouble?.kind ?? null, trouble?.seconds ?? 0];
    const known = this.#posted;
    if (this.#plan.tell === null || (known?.kind === kind && seconds - known.seconds < TOLD_AGAIN_SECONDS)) return;
    const note: LiveNote = { stalled: kind, seconds };
    this.#posted = (await this.#plan.tell(note).catch(() => false)) ? { kind, seconds } : undefined;
  }
}

/** Asks something every so many seconds, without waiting for it: nvidia-smi hangs with its driver. */
class Sample<T> {
  readonly #every: number;
  readonly #ask: (() => Promise<T>) | undefined;
  readonly #unknown: T;
  #value: T;
  #asked = Number.NEGATIVE_INFINITY;
  #answered = Number.NEGATIVE_INFINITY;
  #asking = false;

  constructor(every: number, ask: (() => Promise<T>) | undefined, unknown: T) {
    [this.#every, this.#ask, this.#unknown, this.#value] = [every, ask, unknown, unknown];
  }

  /** The last answer, unless it is three times as old as it should be. */
  fresh(now: number): T {
    const last = this.last(now);
    return now - this.#answered > 3 * this.#every ? this.#unknown : last;
  }

  /** The last answer. */
  last(now: number): T {
    if (this.#ask !== undefined && !this.#asking && now - this.#asked >= this.#every) {
      this.#asked = now;
      this.#asking = true;
      this.#ask()
        .catch(() => this.#unknown)
        .then((value) => {
          [this.#value, this.#answered, this.#asking] = [value, performance.now() / 1000, false];
        });
    }
    return this.#value;
  }
}

/** Counts the changes of a folder, each time that it is asked; what can't be listed has not changed. */
function changesIn(directory: string): () => Promise<number> {
  let [changes, mark] = [0, ''];
  return async () => {
    const found = await listCheckpoint(directory).then(markOf, () => mark);
    if (found !== mark) changes += 1;
    mark = found;
    return changes;
  };
}

/** Whether the log has said of late that a loss is not a number; of a flood, its end is read. */
class LogLoss {
  readonly #log: CommandLog;
  #taken: number;
  #begun = '';
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(log: CommandLog) {
    this.#log = log;
    this.#taken = log.taken;
  }

  look(now: number): boolean {
    const fresh = this.#log.since(this.#taken);
    if (fresh !== '') {
      const text = this.#begun + fresh;
      this.#taken = this.#log.taken;
      this.#begun = lineBegun(text);
      if (losesNumber(text)) this.#saidAt = now;
    }
    return now - this.#saidAt < LOG_LOSS_SECONDS;
  }
}

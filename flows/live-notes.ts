import { isFinal } from '../core/ledger/machine.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import { lostLoss } from '../core/training/loss.ts';
import { notedWords } from '../core/training/stall.ts';
import { notedStop } from './budgets.ts';
import { lastSight, sightLines, sightTrouble } from './execution-sight.ts';
import { liveNote } from './live-note.ts';
import type { Ports } from './ports.ts';
import { runnerNote, runnerTrouble } from './runner-settle.ts';
import { trackTrouble } from './track-trouble.ts';

/** What is said of a run beside what its record says: of one that has ended, only what the tracking server did not take; its later lines may be foreign text, all unescaped. */
export interface LiveNotes {
  /** On the run's own check. */
  readonly check: readonly string[];
  /** On its pull request's comment: trouble alone. */
  readonly trouble: readonly string[];
}

export async function liveNotes(ports: Pick<Ports, 'inFlight'>, record: RunRecord): Promise<LiveNotes> {
  const { run } = record;
  if (isFinal(record.state)) {
    const untracked = await trackTrouble(ports, run);
    const told = untracked === null ? [] : [untracked];
    return { check: told, trouble: told };
  }
  const training = record.state.state === 'training';
  const sight = await lastSight(ports, run);
  const stop = training ? await notedStop(ports, run) : null;
  const stopping = stop === null ? [] : [`It is being stopped: ${stop.message}`];
  const [note, trouble] = [await runnerNote(ports, run), training ? await runnerTrouble(ports, run) : null];
  const stalled = await stalledInJob(ports, record);
  return {
    check: [...sightLines(record, sight), ...stalled, ...stopping, ...(note === null ? [] : [note])],
    trouble: [...sightTrouble(record, sight), ...stalled, ...stopping, ...(trouble === null ? [] : [trouble])],
  };
}

/** What a job's own watch tells, and what its metrics do; an execution on an engine is watched by us. */
async function stalledInJob(ports: Pick<Ports, 'inFlight'>, { run, state, order }: RunRecord): Promise<string[]> {
  if (state.state !== 'training' || state.execution !== undefined) return [];
  const lost = lostLoss(await ports.inFlight.stepMetrics(run));
  const words = lost ?? notedWords(await liveNote(ports, run), order.stall ?? { after: null });
  return words === null ? [] : [words];
}

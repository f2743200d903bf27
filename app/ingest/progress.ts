import type { Pool } from 'pg';
import type { RepositoryName, RunId } from '../../core/names.ts';
import { runLane } from '../database/runs.ts';
import type { Deliveries } from '../durable/deliveries.ts';
import type { Log } from '../log.ts';
import { atMostEvery } from './rate.ts';

export interface ProgressOptions {
  readonly pool: Pool;
  readonly deliveries: Deliveries;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * Milliseconds between two renderings of a run's live metrics, and for each run of an account that reports some: each is
 * one request, and 48 of them a minute leave to commands what GitHub takes of an installation beside (app/governor).
 */
const INTERVAL = 3000;
const INTERVAL_A_RUN = 1250;

/** Milliseconds between two renderings of one run, where so many of its account report. */
export function renderedEvery(runs: number): number {
  return Math.max(INTERVAL, runs * INTERVAL_A_RUN);
}

/** Has new points of a run shown, in the lane of its pull request. What is not shown now is shown when the run ends. */
export function progressNotifier({ pool, deliveries, now, log }: ProgressOptions) {
  const show = async (repository: RepositoryName, run: RunId): Promise<void> => {
    const found = await runLane(pool, repository, run);
    if (found === null) return;
    const id = `progress-${run}-${now()}`;
    const arrival = { repository, installation: found.installation, event: { kind: 'progress' as const, run } };
    await deliveries.enqueue(arrival, { id, lane: found.lane, collapse: `progress-${run}` });
  };
  const waiting = new Map<string, readonly [RepositoryName, RunId]>();
  const fire = (key: string): void => {
    const found = waiting.get(key);
    waiting.delete(key);
    if (found === undefined) return;
    show(...found).catch((error: unknown) => log.error('progress is not shown', { error: String(error) }));
  };
  // An account has one installation, and each installation limits of its own.
  const notifiers = new Map<string, (key: string) => void>();
  return (repository: RepositoryName, run: RunId): void => {
    const account = repository.split('/', 1)[0] ?? '';
    const notify = notifiers.get(account) ?? atMostEvery(renderedEvery, fire, now);
    notifiers.set(account, notify);
    const key = `${repository}/${run}`;
    waiting.set(key, [repository, run]);
    notify(key);
  };
}

import type { Pool } from 'pg';
import type { PortError } from '../flows/ports.ts';
import { forgetOlderThan, MEMORY_DAYS } from './database/migrations.ts';
import type { Deliveries } from './durable/deliveries.ts';
import { type Rounds, sharedRounds } from './durable/rounds.ts';
import type { GithubApp } from './github.ts';
import type { Log } from './log.ts';
import { redeliverFailed } from './redelivery/sweep.ts';

export interface RoundParts {
  readonly github: Pick<GithubApp, 'asApp' | 'repositories'>;
  readonly deliveries: Pick<Deliveries, 'enqueue' | 'retryAbandoned' | 'forget'>;
  readonly pool: Pool;
  /** Milliseconds. */
  readonly timerInterval: number;
  readonly log: Log;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Milliseconds between the timers of two repositories. */
const APART = 250;
/** Days for which ids of deliveries are remembered: GitHub redelivers for 3, older servers for 7. */
const IDS = 14;

/** What is done once in a while, by one of the replicas. */
export function rounds(parts: RoundParts): readonly ((round: number) => Promise<void>)[] {
  const { github, deliveries, pool, log } = parts;
  const hourly = sharedRounds(pool, 'forget');
  return [
    () => deliveries.retryAbandoned(Date.now()),
    async () => redeliverFailed({ octokit: await github.asApp(), pool, now: Date.now(), log }),
    (round) => reconcileAll(parts, round),
    () => forget(parts, hourly),
  ];
}

async function reconcileAll({ github, deliveries, timerInterval, log }: RoundParts, round: number): Promise<void> {
  const left = (installation: number, error: PortError) =>
    log.error('the repositories of an installation are not known now', { installation, error: String(error) });
  const repositories = await github.repositories(left);
  for (const [place, { installation, repository }] of repositories.entries()) {
    const arrival = { repository, installation, event: { kind: 'timer' as const } };
    const once = { id: `timer-${repository}-${round}`, collapse: `timer-${repository}` };
    // Spread out: a command must not wait for a worker behind all of them.
    const delay = Math.floor((place * Math.min(timerInterval / repositories.length, APART)) / 1000);
    await deliveries.enqueue(arrival, { ...once, lane: repository, delay });
  }
}

async function forget({ deliveries, pool }: RoundParts, hourly: Rounds): Promise<void> {
  if ((await hourly.claim(HOUR)) === null) return;
  const now = Date.now();
  await deliveries.forget({ deliveries: now - IDS * DAY, ours: now - HOUR });
  await forgetOlderThan(pool, MEMORY_DAYS);
}

import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { z } from 'zod';
import { openSession } from '../database/session.ts';
import type { Log } from '../log.ts';
import { leaseWatch } from './lease-watch.ts';
import { requeueOrphans, takeOver } from './takeover.ts';

export interface LookoutOptions {
  readonly databaseUrl: string;
  readonly executor: string;
  /** Milliseconds. */
  readonly lease: number;
  /** No other process can be there: what others left is taken over without waiting. */
  readonly alone: boolean;
  readonly log: Log;
  readonly found: Found;
}

/** What is done when something is found. */
export interface Found {
  /** Flows were put back into the queue. */
  queued(): void;
  /** @param count processes that were taken over */
  takenOver(count: number): void;
}

export interface Lookout {
  stop(): Promise<void>;
}

const Row = z
  .object({ executor: z.string(), renewals: z.coerce.number(), lease_ms: z.number() })
  .transform(({ executor, renewals, lease_ms: lease }) => ({ executor, renewals, lease }));
const OTHERS = 'select executor, renewals, lease_ms from trainyard.executors where executor <> $1';
/** Milliseconds. */
const LOOK = 500;
/** Milliseconds in which the database answers: else another session looks. A takeover waits for a second or two. */
const SILENCE = 10_000;
/** Looks between searches for flows whose process left without its row being taken over. */
const SEARCH = 10;

/** Looks for processes whose lease has run out, and takes them over. The engine's tables must be there. */
export async function startLookout(options: LookoutOptions): Promise<Lookout> {
  const { databaseUrl, executor, lease, log, found } = options;
  const every = Math.min(LOOK, lease / 4);
  const watch = leaseWatch();
  const stopping = new AbortController();
  let client: pg.Client | null = null;
  const putBack = (flows: number): void => {
    if (flows === 0) return;
    log.info('work of a process that is gone is handled again', { flows });
    found.queued();
  };
  const look = async (): Promise<void> => {
    client ??= await openSession(databaseUrl, SILENCE);
    const { rows } = await client.query(OTHERS, [executor]);
    const dead = watch.look(z.array(Row).parse(rows), performance.now());
    if (dead.length === 0) return;
    const { executors, flows } = await takeOver(client, executor, dead);
    if (executors.length > 0) log.error('processes stopped renewing their lease and are taken over', { executors });
    found.takenOver(executors.length);
    putBack(flows);
  };
  const search = async (): Promise<void> => {
    client ??= await openSession(databaseUrl, SILENCE);
    putBack(await requeueOrphans(client));
  };

  client = await openSession(databaseUrl, SILENCE);
  if (options.alone) await client.query('delete from trainyard.executors where executor <> $1', [executor]);
  await search();
  const looking = (async () => {
    for (let looks = 1; ; looks += 1) {
      await wait(every, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      try {
        await look();
        if (looks % SEARCH === 0) await search();
      } catch (error) {
        log.error('could not look for processes that are gone; it is tried again', { error: String(error) });
        const broken = client;
        client = null;
        await broken?.end().catch(() => {});
      }
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await looking;
      await client?.end().catch(() => {});
    },
  };
}

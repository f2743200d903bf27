import type { Pool } from 'pg';
import { z } from 'zod';
import { Envelope, RUN_REF_PREFIX } from '../../core/ledger/entry.ts';
import type { RepositoryName } from '../../core/names.ts';
import { RunRequest } from '../../core/training/request.ts';
import type { LedgerStore } from '../../flows/ports.ts';
import type { Log } from '../log.ts';

/** States in which a run has not ended (`RunState` of core/ledger). */
export const IN_FLIGHT = ['accepted', 'training', 'judging'] as const;

const Written = z.object({
  predicate: z.object({
    run: z.string(),
    order: z.object({ request: z.object({ engine: RunRequest.shape.engine }) }),
    state: z.object({ state: z.enum([...IN_FLIGHT, 'judged', 'failed', 'cancelled']) }),
  }),
});
const Count = z.object({
  engine: RunRequest.shape.engine,
  state: z.enum(IN_FLIGHT),
  count: z.coerce.number().int().min(0),
});
export type RunsInFlight = z.infer<typeof Count>;

/** Runs that have not ended, in all repositories. */
export async function runsInFlight(pool: Pool): Promise<readonly RunsInFlight[]> {
  const { rows } = await pool.query(
    'select engine, state, count(*) as count from trainyard.run_states group by engine, state',
  );
  return z.array(Count).parse(rows);
}

/**
 * The same ledger, whose run records are also counted: the ledger alone says what a run is, and reading all of it at
 * each scrape would cost GitHub requests. A count that can't be kept is logged and stops no flow.
 */
export function countingRuns(ledger: LedgerStore, repository: RepositoryName, pool: Pool, log: Log): LedgerStore {
  return {
    ...ledger,
    async append(ref, parent, envelope, message) {
      const result = await ledger.append(ref, parent, envelope, message);
      if (result !== 'conflict' && ref.startsWith(RUN_REF_PREFIX))
        await note(pool, repository, envelope).catch((error: unknown) =>
          log.error('the state of a run could not be counted', { repository, error: String(error) }),
        );
      return result;
    },
  };
}

async function note(pool: Pool, repository: RepositoryName, bytes: Uint8Array): Promise<void> {
  // We have just signed it: no signature is checked here.
  const envelope = Envelope.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  const { predicate } = Written.parse(JSON.parse(Buffer.from(envelope.payload, 'base64').toString('utf8')));
  const { run, order, state } = predicate;
  if (!z.enum(IN_FLIGHT).safeParse(state.state).success) {
    await pool.query('delete from trainyard.run_states where repository = $1 and run = $2', [repository, run]);
    return;
  }
  await pool.query(
    `insert into trainyard.run_states (repository, run, engine, state) values ($1, $2, $3, $4)
     on conflict (repository, run) do update
     set engine = excluded.engine, state = excluded.state, recorded_at = now()`,
    [repository, run, order.request.engine, state.state],
  );
}

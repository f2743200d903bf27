import type { Pool } from 'pg';
import { z } from 'zod';
import { RunRequest } from '../../core/training/request.ts';
import type { LedgerWatcher } from '../ledger-watch.ts';

/** States in which a run has not ended (`RunState` of core/ledger). */
export const IN_FLIGHT = ['accepted', 'training', 'judging'] as const;

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

/** Keeps the state of each run that has not ended. */
export function countsRuns(pool: Pool): LedgerWatcher {
  return {
    async run(repository, { run, order, state }) {
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
    },
  };
}

import type { Pool } from 'pg';
import { beginAttempt, endTraining } from '../database/runs.ts';
import type { LedgerWatcher } from '../ledger-watch.ts';

/**
 * Tells of each further attempt which points are its own, and ends the use of a run's token when its training has ended: what posts after that is no training of ours. Missed, by a
 * crash in between, the token ends with its own time.
 */
export function endsIngest(pool: Pool): LedgerWatcher {
  return {
    async run(repository, { run, state }) {
      if (state.state === 'training') {
        const attempt = state.execution?.attempt ?? (state.lost?.attempt ?? 0) + 1;
        if (attempt > 1) await beginAttempt(pool, repository, run, attempt);
      }
      if (state.state !== 'accepted' && state.state !== 'training') await endTraining(pool, repository, run);
    },
  };
}

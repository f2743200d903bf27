import type { Pool } from 'pg';
import { endTraining } from '../database/runs.ts';
import type { LedgerWatcher } from '../ledger-watch.ts';

/**
 * Ends the use of a run's token when its training has ended: what posts after that is no training of ours. Missed, by a
 * crash in between, the token ends with its own time.
 */
export function endsIngest(pool: Pool): LedgerWatcher {
  return {
    async run(repository, { run, state }) {
      if (state.state !== 'accepted' && state.state !== 'training') await endTraining(pool, repository, run);
    },
  };
}

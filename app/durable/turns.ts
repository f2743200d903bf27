import { setTimeout as wait } from 'node:timers/promises';
import type { Pool } from 'pg';
import { keyedTurns } from '../../adapters/github/turns.ts';
import type { RepositoryName } from '../../core/names.ts';
import { PortError, type Turns } from '../../flows/ports.ts';

/** Milliseconds between questions whether another process is done. */
const PAUSE = 50;
/** Milliseconds for which another one is waited for: well beyond a takeover. The step is tried again afterwards. */
const PATIENCE = 60_000;
/** Milliseconds after which a turn is given back that could not be, as the database was away. */
const OWED = 500;
const TAKE = `insert into trainyard.turns (key, executor) values ($1, $2)
  on conflict (key) do update set taken_at = now() where turns.executor = excluded.executor`;

export interface TurnsOptions {
  readonly pool: Pool;
  readonly executor: string;
  readonly pause?: number;
  readonly patience?: number;
}

/**
 * Turns among all replicas: a row in the database for as long as one takes. Within a process they queue in order before
 * that. The row goes with its process's lease, and so does the right to write what the turn was for.
 */
export function replicaTurns({ pool, executor, pause = PAUSE, patience = PATIENCE }: TurnsOptions) {
  const here = keyedTurns();
  const take = async (key: string): Promise<void> => {
    for (const deadline = performance.now() + patience; ; await wait(pause)) {
      // What is ours already was not given back: nobody else here has it, as they queue.
      const { rowCount } = await pool.query(TAKE, [key, executor]).catch(away);
      if ((rowCount ?? 0) > 0) return;
      if (performance.now() > deadline)
        throw new PortError('unavailable', `expected a turn at ${key}, but another process has it; it is tried again`);
    }
  };
  const release = async (key: string): Promise<boolean> => {
    const sql = 'delete from trainyard.turns where key = $1 and executor = $2';
    return pool.query(sql, [key, executor]).then(
      () => true,
      () => false,
    );
  };
  const giveBack = async (key: string): Promise<void> => {
    if (await release(key)) return;
    // In turn with those here, whose right it must not take away; with our lease it goes by itself.
    const again = (): void => void here.take(key, () => giveBack(key));
    setTimeout(again, OWED).unref();
  };
  return (repository: RepositoryName): Turns => ({
    take: (name, action) => {
      const key = `${repository} ${name}`;
      return here.take(key, async () => {
        await take(key);
        return action().finally(() => giveBack(key));
      });
    },
  });
}

function away(cause: unknown): never {
  throw new PortError('unavailable', 'the App’s database did not answer; it is tried again', { cause });
}

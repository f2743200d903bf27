import type { Pool } from 'pg';
import { z } from 'zod';
import type { Effect, Effects } from '../../adapters/github/effects.ts';
import type { RepositoryName } from '../../core/names.ts';
import { PortError } from '../../flows/ports.ts';
import { MEMORY_DAYS } from './migrations.ts';

const Row = z.object({ id: z.coerce.number().nullable(), url: z.string(), state: z.string() });
const Began = z.object({ began: z.date() });
const DAY = 86_400_000;

/** What a database that was restored, or taken over by a standby, does not have in common with the one it was before. */
const ORIGIN = `(select system.system_identifier || ' ' || point.timeline_id || ' ' || here.oid
  from pg_control_system() as system, pg_control_checkpoint() as point, pg_database as here
  where here.datname = current_database())`;

/**
 * When this database began to remember: what is older may have been made by an App whose database was lost. One that came
 * out of a backup begins anew: what was made since the backup it knows nothing of, and each effect is looked for first.
 */
export async function memoryBegan(pool: Pool): Promise<Date> {
  await pool.query(
    `update trainyard.memory set began = now(), origin = ${ORIGIN} where origin is distinct from ${ORIGIN}`,
  );
  const { rows } = await pool.query('select began from trainyard.memory');
  return Began.parse(rows[0]).began;
}

/** Effects on one repository, in the App's own tables, which all its replicas share. */
export function databaseEffects(
  pool: Pool,
  repository: RepositoryName,
  { began, now }: { readonly began: Date; readonly now: () => Date },
): Effects {
  const ask = async (sql: string, values: readonly unknown[]): Promise<unknown[]> => {
    try {
      return (await pool.query(sql, [repository, ...values])).rows;
    } catch (cause) {
      throw new PortError('unavailable', 'the App’s database did not answer; it is tried again', { cause });
    }
  };
  return {
    async find(mark): Promise<Effect | null> {
      const sql = 'select id, url, state from trainyard.effects where repository = $1 and mark = $2';
      const [found] = z.array(Row).parse(await ask(sql, [mark]));
      if (found === undefined) return null;
      const { id, url, state } = found;
      return id === null ? { kind: 'begun' } : { kind: 'made', id, url, state };
    },
    async begin(mark) {
      const sql = `insert into trainyard.effects (repository, mark) values ($1, $2)
        on conflict (repository, mark) do update set id = null, recorded_at = now()`;
      await ask(sql, [mark]);
    },
    async made(mark, { id, url = '', state = '' }) {
      const sql = `insert into trainyard.effects (repository, mark, id, url, state) values ($1, $2, $3, $4, $5)
        on conflict (repository, mark) do update
        set id = excluded.id, url = excluded.url, state = excluded.state, recorded_at = now()`;
      await ask(sql, [mark, id, url, state]);
    },
    isComplete(since) {
      // Well before what is forgotten, so that no clock decides.
      return since > began && now().getTime() - since.getTime() < (MEMORY_DAYS / 2) * DAY;
    },
  };
}

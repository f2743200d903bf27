import type { Pool } from 'pg';
import { z } from 'zod';
import type { Effect, Effects } from '../../adapters/github/effects.ts';
import type { RepositoryName } from '../../core/names.ts';
import { PortError } from '../../flows/ports.ts';
import { MEMORY_DAYS } from './migrations.ts';

const Row = z.object({ id: z.coerce.number().nullable(), url: z.string(), state: z.string(), old: z.boolean() });
const Memory = z.object({ began: z.date(), same: z.boolean() });
const DAY = 86_400_000;

/**
 * What a database that was restored, or taken over by a standby, does not have in common with the one it was before. A
 * standby that was promoted has its new timeline as the end of its recovery, until its first checkpoint is done.
 */
const ORIGIN = `origin as materialized (
  select system.system_identifier || ' ' || greatest(point.timeline_id, recovery.min_recovery_end_timeline) || ' ' || here.oid as is
  from pg_control_system() as system, pg_control_checkpoint() as point, pg_control_recovery() as recovery, pg_database as here
  where here.datname = current_database())`;
/**
 * The memory of one that is another database by now begins anew, at the next question: what was made since the backup
 * it knows nothing of. What is asked along with that still sees the memory as it was, with the old origin.
 */
const RENEWED = `${ORIGIN}, renewed as (
  update trainyard.memory set began = now(), origin = origin.is from origin where memory.origin is distinct from origin.is)`;

/** Effects on one repository, in the App's own tables, which all its replicas share. */
export function databaseEffects(pool: Pool, repository: RepositoryName, now: () => Date): Effects {
  const ask = async (sql: string, values: readonly unknown[]): Promise<unknown[]> => {
    try {
      return (await pool.query(sql, [...values])).rows;
    } catch (cause) {
      throw new PortError('unavailable', 'the App’s database did not answer; it is tried again', { cause });
    }
  };
  return {
    async find(mark): Promise<Effect | null> {
      const sql = `with ${RENEWED}
        select id, url, state, (memory.origin is distinct from origin.is or recorded_at <= memory.began) as old
        from trainyard.effects, trainyard.memory, origin where repository = $1 and mark = $2`;
      const [found] = z.array(Row).parse(await ask(sql, [repository, mark]));
      if (found === undefined) return null;
      const { id, url, state, old } = found;
      // From before our memory began: what became of it since, nobody here knows.
      return id === null || old ? { kind: 'begun' } : { kind: 'made', id, url, state };
    },
    async begin(mark) {
      const sql = `insert into trainyard.effects (repository, mark) values ($1, $2)
        on conflict (repository, mark) do update set id = null, recorded_at = now()`;
      await ask(sql, [repository, mark]);
    },
    async made(mark, { id, url = '', state = '' }) {
      const sql = `insert into trainyard.effects (repository, mark, id, url, state) values ($1, $2, $3, $4, $5)
        on conflict (repository, mark) do update
        set id = excluded.id, url = excluded.url, state = excluded.state, recorded_at = now()`;
      await ask(sql, [repository, mark, id, url, state]);
    },
    async isComplete(since) {
      const sql = `with ${RENEWED} select began, memory.origin is not distinct from origin.is as same
        from trainyard.memory, origin`;
      const [memory] = z.array(Memory).parse(await ask(sql, []));
      // Well before what is forgotten, so that no clock decides.
      const kept = now().getTime() - since.getTime() < (MEMORY_DAYS / 2) * DAY;
      return memory?.same === true && since > memory.began && kept;
    },
  };
}

import type { ClientBase } from 'pg';
import { z } from 'zod';
import { inTransaction } from '../database/transaction.ts';
import type { Executor } from './lease-watch.ts';

/** Milliseconds for which the end of each session is waited for. */
const SESSION_END = 1000;

const Count = z.object({ count: z.coerce.number().int().min(0) });
const Name = z.object({ executor: z.string() });

/** The name under which all sessions of a process are known to the server. */
export const sessionName = (executor: string): string => `trainyard ${executor}`;

export interface Takeover {
  readonly executors: readonly string[];
  /** Flows that were put back into the queue. */
  readonly flows: number;
}

/**
 * Takes over what processes left whose leases have run out: their rows go, their sessions are ended, and what they ran
 * is put back into the queue, at its place. All of it or nothing; of two that try, one does it.
 *
 * @param self must have a row itself, and holds it meanwhile: else two could take over each other
 */
export async function takeOver(client: ClientBase, self: string, dead: readonly Executor[]): Promise<Takeover> {
  return inTransaction(client, async () => {
    const own = await client.query('select 1 from trainyard.executors where executor = $1 for key share', [self]);
    if (own.rows.length === 0) return { executors: [], flows: 0 };
    // Whoever renews meanwhile is alive: the number of renewals says so.
    const taken = await client.query(
      `select e.executor from trainyard.executors e
       join unnest($1::text[], $2::bigint[]) as dead (executor, renewals) using (executor, renewals)
       order by e.executor for update of e skip locked`,
      [dead.map(({ executor }) => executor), dead.map(({ renewals }) => renewals)],
    );
    const executors = taken.rows.map((row) => Name.parse(row).executor);
    if (executors.length === 0) return { executors, flows: 0 };
    await client.query('delete from trainyard.executors where executor = any($1)', [executors]);
    await endSessions(client, executors.map(sessionName));
    return { executors, flows: await requeueOrphans(client) };
  });
}

/** Gives back what this process holds, at once. */
export async function handOver(client: ClientBase, self: string): Promise<number> {
  return inTransaction(client, async () => {
    await client.query('delete from trainyard.executors where executor = $1', [self]);
    return requeueOrphans(client);
  });
}

/**
 * Puts flows back into the queue that are marked as running in a process that is not there. Their finished steps stay
 * finished; whoever still runs them can't record anything, as the engine asks for the owner's mark that is deleted here.
 */
export async function requeueOrphans(client: ClientBase): Promise<number> {
  const sql = `with put_back as (
      update dbos.workflow_status
      set status = 'ENQUEUED', owner_xid = null, started_at_epoch_ms = null,
          updated_at = (extract(epoch from now()) * 1000)::bigint
      where status = 'PENDING' and queue_name is not null
        and not exists (select 1 from trainyard.executors e where e.executor = executor_id)
      returning 1)
    select count(*) from put_back`;
  const { rows } = await client.query(sql);
  return Count.parse(rows[0]).count;
}

/** Statements of theirs that are under way must not be committed after ours. */
async function endSessions(client: ClientBase, names: readonly string[]): Promise<void> {
  const where = 'from pg_stat_activity where application_name = any($1) and datname = current_database()';
  await client.query(`select pg_terminate_backend(pid) ${where}`, [names]);
  await client.query('select pg_stat_clear_snapshot()');
  await client.query(`select pg_terminate_backend(pid, ${SESSION_END}) ${where}`, [names]);
}

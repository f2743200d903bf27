import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../../app/database/migrations.ts';
import { sharedRounds } from '../../../app/durable/rounds.ts';
import { replicaTurns } from '../../../app/durable/turns.ts';
import { RepositoryName } from '../../../core/names.ts';
import { freshDatabase } from '../database/fresh-database.ts';

const repository = RepositoryName.parse('flights/delay');
let pool: pg.Pool;

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: await freshDatabase() });
  await migrate(pool);
});
beforeEach(async () => {
  await pool.query('delete from trainyard.executors');
  await pool.query(`insert into trainyard.executors (executor, host, lease_ms) values ('a', 'x', 1), ('b', 'y', 1)`);
});
afterAll(() => pool.end());

const turnsOf = (executor: string, patience = 10_000) =>
  replicaTurns({ pool, executor, pause: 5, patience })(repository);

function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

/** Takes the turn at `show 1`, which lasts until then. */
async function taken(executor: string, until: Promise<void>): Promise<{ readonly done: Promise<void> }> {
  const entered = gate();
  const done = turnsOf(executor).take('show 1', () => {
    entered.open();
    return until;
  });
  await entered.opened;
  return { done };
}

describe('turns of replicas', () => {
  test('at one key are taken one after the other, in whichever process', async () => {
    const at: string[] = [];
    let inside = 0;
    const turns = { a: turnsOf('a'), b: turnsOf('b') };
    const take = (executor: 'a' | 'b', number: number) =>
      turns[executor].take('show 1', async () => {
        inside += 1;
        expect(inside).toBe(1);
        at.push(`${executor}${number}`);
        await pool.query('select pg_sleep(0.01)');
        inside -= 1;
      });
    await Promise.all([1, 2, 3, 4].flatMap((number) => [take('a', number), take('b', number)]));
    expect(at.toSorted()).toEqual(['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'b3', 'b4']);
  });

  test('at other keys, and of other repositories, are taken meanwhile', async () => {
    const first = gate();
    const held = await taken('a', first.opened);
    expect(await turnsOf('b').take('show 2', async () => 'done')).toBe('done');
    const other = replicaTurns({ pool, executor: 'b' })(RepositoryName.parse('flights/other'));
    expect(await other.take('show 1', async () => 'done')).toBe('done');
    first.open();
    await held.done;
  });

  test('are free again after a failure', async () => {
    const failing = turnsOf('a').take('show 1', async () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await turnsOf('b').take('show 1', async () => 'done')).toBe('done');
  });

  test('are given back later where the database was away at their end', async () => {
    await turnsOf('a').take('show 1', () => pool.query('alter table trainyard.turns rename to away'));
    await pool.query('alter table trainyard.away rename to turns');
    expect(await turnsOf('b').take('show 1', async () => 'done')).toBe('done');
  });

  test('end with the lease of the process that took them', async () => {
    const never = gate();
    const held = await taken('a', never.opened);
    await expect(turnsOf('b', 20).take('show 1', async () => 'early')).rejects.toMatchObject({ code: 'unavailable' });
    const waiting = turnsOf('b').take('show 1', async () => 'done');
    await pool.query(`delete from trainyard.executors where executor = 'a'`);
    expect(await waiting).toBe('done');
    never.open();
    await held.done;
  });

  test('are not given to a process whose lease is gone', async () => {
    const taking = turnsOf('gone').take('show 1', async () => 'done');
    await expect(taking).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('rounds of replicas', () => {
  test('are claimed by one of those that ask at once', async () => {
    const claims = await Promise.all([1, 2, 3].map(() => sharedRounds(pool, 'at once').claim(60_000)));
    expect(claims.filter((claim) => claim !== null)).toEqual([1]);
  });

  test('come again when the pause is over, under another number', async () => {
    const rounds = sharedRounds(pool, 'again');
    expect([await rounds.claim(60_000), await rounds.claim(60_000)]).toEqual([1, null]);
    await pool.query(`update trainyard.rounds set at = now() - interval '61 seconds' where name = 'again'`);
    expect([await rounds.claim(60_000), await rounds.claim(60_000)]).toEqual([2, null]);
  });

  test('do not wait for a clock that was set back', async () => {
    const rounds = sharedRounds(pool, 'clock');
    await rounds.claim(60_000);
    await pool.query(`update trainyard.rounds set at = now() + interval '1 day' where name = 'clock'`);
    expect(await rounds.claim(60_000)).toBe(2);
  });
});

import { createHash } from 'node:crypto';
import pg from 'pg';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { databaseEffects } from '../../../app/database/effects.ts';
import { inFlight } from '../../../app/database/in-flight.ts';
import { forgetOlderThan, migrate, STEPS } from '../../../app/database/migrations.ts';
import { runLane } from '../../../app/database/runs.ts';
import { GitId, Instant, RepositoryName, RunId } from '../../../core/names.ts';
import { freshDatabase } from './fresh-database.ts';
import { OLD_CODE, RELEASED } from './released.ts';

const repository = RepositoryName.parse('flights/delay');
const run = RunId.parse('01JD0000000000000000000000');
const sha = GitId.parse('a'.repeat(40));
const pools: pg.Pool[] = [];

afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.end();
});

/** A database as the first `steps` steps leave it. */
async function databaseAt(steps: number): Promise<pg.Pool> {
  const pool = new pg.Pool({ connectionString: await freshDatabase() });
  pools.push(pool);
  await migrate(pool, STEPS.slice(0, steps));
  return pool;
}
const hash = (sql: string) => createHash('sha256').update(sql).digest('hex').slice(0, 16);
const columns = `select table_name || '.' || column_name || ' ' || data_type as name
  from information_schema.columns where table_schema = 'trainyard' order by name`;
const namesIn = async (pool: pg.Pool, sql: string) => (await pool.query(sql)).rows.map(({ name }) => String(name));

describe('the steps of the schema', () => {
  test('that were released are as they were released', () => {
    expect(STEPS.slice(0, RELEASED.length).map(hash)).toEqual(RELEASED);
  });

  let whole: readonly string[];
  beforeAll(async () => {
    whole = await namesIn(await databaseAt(STEPS.length), columns);
  });
  const everyStep = STEPS.map((_, index) => index + 1);

  test.each(everyStep)('take a database as step %i left it, with rows in it, to what a new one is', async (step) => {
    const pool = await databaseAt(step);
    const then = OLD_CODE.filter(({ since }) => since <= step);
    for (const { write, values } of then) await pool.query(write, [...values]);
    await migrate(pool);
    expect(await namesIn(pool, columns)).toEqual(whole);
    // What the older code wrote is there, and it can still read and write it, as it does while an upgrade rolls.
    for (const { read, write, values, found } of then) {
      expect((await pool.query(read)).rows).toEqual([found]);
      await pool.query(write, [...values]);
      expect((await pool.query(read)).rows).toEqual([found]);
    }
  });

  test('leave to today’s code what the first version wrote', async () => {
    const pool = await databaseAt(1);
    for (const { write, values } of OLD_CODE.filter(({ since }) => since === 1)) await pool.query(write, [...values]);
    await migrate(pool);
    const store = inFlight(pool, repository);
    const at = Instant.parse('2026-11-22T10:00:00Z');
    const sighting = { pullRequest: 3, event: 'head', sha, headRepository: 'ben/delay', at, sender: 'ben' };
    expect(await store.sightings(3)).toEqual([sighting]);
    expect(await store.notices(3)).toMatchObject([{ key: 'k', command: '/train', message: 'because' }]);
    expect(await store.validations(sha)).toEqual({ rows: '{}' });
    expect(await store.stepMetrics(run)).toEqual([{ step: 1, metric: 'loss', value: 0.5 }]);
    expect(await runLane(pool, repository, run)).toEqual({ installation: 7, lane: 'flights/delay#3' });
    // It kept no memory of effects, so nothing from before counts as remembered.
    const effects = databaseEffects(pool, repository, () => new Date());
    expect(await effects.isComplete(new Date(Date.now() - 60_000))).toBe(false);
  });

  test('that fail leave the database as it was', async () => {
    const pool = await databaseAt(1);
    const before = await namesIn(pool, columns);
    const broken = [...STEPS.slice(0, 2), 'create table trainyard.third (a text); select no_such_function()'];
    await expect(migrate(pool, broken)).rejects.toThrow('no_such_function');
    expect(await namesIn(pool, columns)).toEqual(before);
  });

  test('of a newer version do not keep an older one from starting: a rollout may be taken back', async () => {
    const pool = await databaseAt(STEPS.length);
    await migrate(pool, [...STEPS, 'create table trainyard.of_the_future (a text)']);
    await migrate(pool);
    const tables = `select table_name as name from information_schema.tables where table_schema = 'trainyard'`;
    expect(await namesIn(pool, tables)).toContain('of_the_future');
  });
});

describe('what is remembered', () => {
  /** Tables whose rows do not grow with time: one row, or one for each process, kind of round, or kind of machine. */
  const BOUNDED = ['compute_totals', 'executors', 'memory', 'migrations', 'redelivery_progress', 'rounds', 'turns'];
  /** Forgotten sooner, by what fills it: the redelivery sweep. */
  const SOONER = ['redeliveries'];
  /** A value of each type, another one for each number. */
  const valueFor = (type: string, n: number): string => {
    const values: Readonly<Record<string, string>> = {
      text: `'x${n}'`,
      bigint: String(n),
      integer: String(n),
      'double precision': '0.5',
      'timestamp with time zone': 'now()',
      jsonb: `'{}'`,
      boolean: 'false',
    };
    return values[type] ?? `a value for ${type}`;
  };

  test('is forgotten after so many days in every table that grows, and nothing sooner', async () => {
    const pool = await databaseAt(STEPS.length);
    const sql = `select table_name as "table", column_name as "column", data_type as type, is_identity = 'YES' as made
      from information_schema.columns where table_schema = 'trainyard'`;
    const { rows } = await pool.query<{ table: string; column: string; type: string; made: boolean }>(sql);
    const tables = Map.groupBy(rows, ({ table }) => table);
    const growing = [...tables].filter(([table]) => ![...BOUNDED, ...SOONER].includes(table));
    for (const [table, all] of growing) {
      const given = all.filter(({ made, column }) => !made && column !== 'recorded_at');
      const names = [...given.map(({ column }) => column), 'recorded_at'].map((name) => `"${name}"`).join();
      for (const days of [91, 89]) {
        const values = [...given.map(({ type }) => valueFor(type, days)), `now() - interval '${days} days'`].join();
        await pool.query(`insert into trainyard.${table} (${names}) values (${values})`);
      }
    }
    await forgetOlderThan(pool, 90);
    const left: Record<string, unknown> = {};
    for (const [table] of growing) {
      const age = `extract(day from now() - recorded_at)::int as days`;
      left[table] = (await pool.query(`select ${age} from trainyard.${table}`)).rows.map(({ days }) => days);
    }
    expect(left).toEqual(Object.fromEntries(growing.map(([table]) => [table, [89]])));
    expect([...tables.keys()].filter((table) => BOUNDED.includes(table)).sort()).toEqual(BOUNDED.toSorted());
  });
});

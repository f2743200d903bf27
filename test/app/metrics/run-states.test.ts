import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate } from '../../../app/database/migrations.ts';
import { countingRuns, runsInFlight } from '../../../app/metrics/run-states.ts';
import { GitId, RepositoryName } from '../../../core/names.ts';
import type { LedgerStore } from '../../../flows/ports.ts';
import { freshDatabase } from '../database/fresh-database.ts';

const quiet = { info() {}, error() {} };
const commit = GitId.parse('a'.repeat(40));
const repository = RepositoryName.parse('flights/delay');
let pool: pg.Pool;
let logged: string[] = [];
const log = { ...quiet, error: (message: string) => void logged.push(message) };

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: await freshDatabase(), max: 2 });
  await migrate(pool);
});
afterAll(async () => {
  await pool?.end();
});

/** A ledger that takes all it is given, or nothing. */
function ledger(answer: GitId | 'conflict'): LedgerStore {
  const unused = async () => {
    throw new Error('not asked here');
  };
  return { head: unused, envelope: unused, chain: unused, runs: unused, append: async () => answer };
}

function envelope(run: string, state: string): Uint8Array {
  const statement = { predicate: { run, state: { state }, order: { request: { engine: 'runner' } } } };
  const payload = Buffer.from(JSON.stringify(statement)).toString('base64');
  const signatures = [{ keyid: 'b'.repeat(64), sig: 'AAAA' }];
  return Buffer.from(JSON.stringify({ payloadType: 'application/vnd.in-toto+json', payload, signatures }));
}

const write = (run: string, state: string, answer: GitId | 'conflict' = commit) =>
  countingRuns(ledger(answer), repository, pool, log).append(
    `refs/trainyard/runs/${run}`,
    null,
    envelope(run, state),
    'a test',
  );

describe('runs in flight', () => {
  test('are counted in the state that the ledger holds, until they end', async () => {
    await write('r1', 'accepted');
    await write('r2', 'accepted');
    await write('r2', 'training');
    expect(await runsInFlight(pool)).toEqual(
      expect.arrayContaining([
        { engine: 'runner', state: 'accepted', count: 1 },
        { engine: 'runner', state: 'training', count: 1 },
      ]),
    );
    await write('r1', 'cancelled');
    await write('r2', 'judged');
    expect(await runsInFlight(pool)).toEqual([]);
  });

  test('are not counted where the ledger was moved by another', async () => {
    expect(await write('r3', 'accepted', 'conflict')).toBe('conflict');
    expect(await runsInFlight(pool)).toEqual([]);
  });

  test('that can not be counted are logged, and the record stands', async () => {
    logged = [];
    expect(await write('r4', 'invented')).toBe(commit);
    expect(logged).toEqual(['the state of a run could not be counted']);
  });
});

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate } from '../../../app/database/migrations.ts';
import { watchedLedger } from '../../../app/ledger-watch.ts';
import { countsRuns, runsInFlight } from '../../../app/metrics/run-states.ts';
import type { RunState } from '../../../core/ledger/run.ts';
import { runStatement } from '../../../core/ledger/statement.ts';
import { GitId, RepositoryName, type RunId } from '../../../core/names.ts';
import { runRef } from '../../../flows/ledger.ts';
import type { LedgerStore } from '../../../flows/ports.ts';
import { judged, makeKey, recordOf, runId, signStatement } from '../../core/samples.ts';
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

const key = makeKey();
const envelope = (run: RunId, state: RunState): Uint8Array =>
  signStatement(runStatement(recordOf({ run, state })), key);

const append = (bytes: Uint8Array, run: RunId, answer: GitId | 'conflict' = commit) =>
  watchedLedger(ledger(answer), repository, [countsRuns(pool)], log).append(runRef(run), null, bytes, 'a test');
const write = (run: RunId, state: RunState, answer: GitId | 'conflict' = commit) =>
  append(envelope(run, state), run, answer);

describe('runs in flight', () => {
  test('are counted in the state that the ledger holds, until they end', async () => {
    await write(runId(1), { state: 'accepted' });
    await write(runId(2), { state: 'accepted' });
    await write(runId(2), { state: 'training', workflowRun: 10 });
    expect(await runsInFlight(pool)).toEqual(
      expect.arrayContaining([
        { engine: 'runner', state: 'accepted', count: 1 },
        { engine: 'runner', state: 'training', count: 1 },
      ]),
    );
    await write(runId(1), { state: 'cancelled', by: 'ada', workflowRun: null });
    await write(runId(2), judged());
    expect(await runsInFlight(pool)).toEqual([]);
  });

  test('are not counted where the ledger was moved by another', async () => {
    expect(await write(runId(3), { state: 'accepted' }, 'conflict')).toBe('conflict');
    expect(await runsInFlight(pool)).toEqual([]);
  });

  test('that can not be counted are logged, and the record stands', async () => {
    logged = [];
    expect(await append(Buffer.from('{}'), runId(4))).toBe(commit);
    expect(logged).toEqual(['what was written to the ledger could not be counted']);
  });
});

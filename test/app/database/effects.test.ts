import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Effects } from '../../../adapters/github/effects.ts';
import { type GithubPorts, githubPorts } from '../../../adapters/github/ports.ts';
import { databaseEffects } from '../../../app/database/effects.ts';
import { forgetOlderThan, migrate } from '../../../app/database/migrations.ts';
import { type GitId, RepositoryName } from '../../../core/names.ts';
import { ulid } from '../../../core/ulid.ts';
import type { Check } from '../../../flows/ports.ts';
import { OWNER, REPO, startWorld, type World } from '../../adapters/github/world.ts';
import { freshDatabase } from './fresh-database.ts';

const repository = RepositoryName.parse(`${OWNER}/${REPO}`);
const where = { owner: OWNER, repo: REPO };
const WORKFLOW = `name: train
run-name: \${{ inputs.mark }}
on: { workflow_dispatch: { inputs: { mark: { type: string, required: true } } } }
permissions: {}
jobs: { nothing: { runs-on: ubuntu-latest, steps: [{ run: 'true' }] } }
`;

let world: World;
let pool: pg.Pool;
let effects: Effects;
/** The App's ports, with its memory. */
let ports: GithubPorts;
let asked: string[] = [];
let main: GitId;

beforeAll(async () => {
  world = await startWorld();
  main = await world.commit('main', { 'README.md': 'hello\n', '.github/workflows/train.yml': WORKFLOW });
  await world.commit('change', { 'README.md': 'changed\n' }, main);
  await world.ada.request('POST /repos/{owner}/{repo}/pulls', { ...where, title: 'C', head: 'change', base: 'main' });
  pool = new pg.Pool({ connectionString: await freshDatabase() });
  await migrate(pool);
  effects = databaseEffects(pool, repository, () => new Date());
  const octokit = {
    request(route: string, parameters?: Record<string, unknown>) {
      asked.push(route);
      return world.app.request(route, parameters);
    },
  };
  ports = githubPorts({ octokit, repository: where, git: world.git, self: 'trainyard[bot]', effects });
});
afterAll(async () => {
  await pool?.end();
  await world?.close();
});
beforeEach(() => {
  asked = [];
});

const reads = () => asked.filter((route) => route.startsWith('GET'));
const check = (change: Partial<Check> = {}): Check => ({
  name: 'trainyard / plan',
  sha: main,
  externalId: 'plan',
  status: 'completed',
  conclusion: 'success',
  title: 'Plan',
  summary: 'All is well.',
  ...change,
});
const annotations = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    path: 'README.md',
    line: index + 1,
    level: 'failure' as const,
    title: 'Problem',
    message: `problem ${index}`,
  }));
async function runsNamed(name: string): Promise<readonly { output: { annotations_count: number } }[]> {
  const route = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';
  const { data } = await world.ada.request(route, { ...where, ref: main, check_name: name, filter: 'all' });
  return Object(data).check_runs;
}

/** When the memory began, once it was asked anything. */
async function began(): Promise<Date> {
  await effects.find('anything');
  return (await pool.query('select began from trainyard.memory')).rows[0].began;
}

describe('the memory of effects', () => {
  test('knows what was begun, what was made, and nothing of another repository', async () => {
    expect(await effects.find('x')).toBeNull();
    await effects.begin('x');
    expect(await effects.find('x')).toEqual({ kind: 'begun' });
    await effects.made('x', { id: 9_007_199_254_740_991, url: 'u', state: 's' });
    expect(await effects.find('x')).toEqual({ kind: 'made', id: 9_007_199_254_740_991, url: 'u', state: 's' });
    await effects.begin('x');
    expect(await effects.find('x')).toEqual({ kind: 'begun' });
    const other = databaseEffects(pool, RepositoryName.parse('flights/other'), () => new Date());
    expect(await other.find('x')).toBeNull();
  });

  test('is complete since it began, as far back as nothing is forgotten', async () => {
    const before = await began();
    await pool.query(`update trainyard.memory set began = '2026-01-01T00:00:00Z'`);
    const of = databaseEffects(pool, repository, () => new Date('2026-06-30T00:00:00Z'));
    expect(await of.isComplete(new Date('2026-06-29T00:00:00Z'))).toBe(true);
    expect(await of.isComplete(new Date('2025-12-31T23:59:59Z'))).toBe(false);
    expect(await of.isComplete(new Date('2026-03-01T00:00:00Z'))).toBe(false);
    await pool.query('update trainyard.memory set began = $1', [before]);
  });

  test('is as old as its tables, however often an App starts on them', async () => {
    const before = await began();
    await migrate(pool);
    await forgetOlderThan(pool, 90);
    await effects.isComplete(new Date());
    expect(await began()).toEqual(before);
  });
});

describe('a check', () => {
  test('is looked for once at a commit, then made, edited and left alone without another look', async () => {
    await ports.checks.put(check());
    expect(asked).toEqual([
      'GET /repos/{owner}/{repo}/commits/{ref}/check-runs',
      'POST /repos/{owner}/{repo}/check-runs',
    ]);
    asked = [];
    await ports.checks.put(check());
    await ports.checks.put(check({ title: 'Changed' }));
    await ports.checks.put(check({ name: 'trainyard / ready', externalId: 'ready' }));
    expect(asked).toEqual([
      'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}',
      'POST /repos/{owner}/{repo}/check-runs',
    ]);
    expect(await runsNamed('trainyard / plan')).toHaveLength(1);
  });

  test('that an attempt may have made is found, not made twice', async () => {
    const crashed = check({ name: 'trainyard / crashed', externalId: 'crashed' });
    await ports.checks.put(crashed);
    // The App died with GitHub's answer on its way.
    await effects.begin(`check ${main} trainyard / crashed crashed`);
    await ports.checks.put({ ...crashed, title: 'After the crash' });
    expect(await runsNamed('trainyard / crashed')).toMatchObject([{ output: { title: 'After the crash' } }]);
  });

  test('of an App whose database was lost is found', async () => {
    const lost = databaseEffects(pool, RepositoryName.parse('flights/lost'), () => new Date());
    const after = githubPorts({
      octokit: world.app,
      repository: where,
      git: world.git,
      self: 'trainyard[bot]',
      effects: lost,
    });
    await after.checks.put(check({ title: 'By the next App' }));
    expect(await runsNamed('trainyard / plan')).toMatchObject([{ output: { title: 'By the next App' } }]);
  });

  test('gets no annotation twice: not when nothing changed, nor after a crash between two requests', async () => {
    const many = check({ name: 'trainyard / data', externalId: 'data', annotations: annotations(70) });
    await ports.checks.put(many);
    asked = [];
    await ports.checks.put({ ...many, title: 'Other title' });
    expect(reads()).toEqual([]);
    await effects.begin(`check ${main} trainyard / data data`);
    await ports.checks.put({ ...many, annotations: annotations(80) });
    expect(await runsNamed('trainyard / data')).toMatchObject([{ output: { annotations_count: 80 } }]);
  });
});

describe('the comment', () => {
  const MARKER = '<!-- trainyard:pr -->';
  const put = (text: string) => ports.comments.putSticky(1, MARKER, `${MARKER}\n${text}`);

  test('is looked for once, then edited by its id, and not when nothing changed', async () => {
    const first = await put('one');
    expect(reads()).toHaveLength(1);
    asked = [];
    await put('one');
    expect(await put('two')).toEqual(first);
    expect(asked).toEqual(['PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}']);
  });

  test('that an attempt may have written is found', async () => {
    const before = await put('three');
    await effects.begin(`comment 1 ${MARKER}`);
    expect(await put('four')).toEqual(before);
  });

  test('that somebody has deleted is written again', async () => {
    const { id } = await put('five');
    await world.ada.request('DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}', { ...where, comment_id: id });
    expect((await put('six')).id).not.toBe(id);
  });
});

describe('a dispatch', () => {
  const dispatch = (mark: string) => ports.workflows.dispatch('train.yml', { mark }, mark);
  const dispatches = () => asked.filter((route) => route.endsWith('/dispatches'));

  test('of a run that is younger than our memory is sent without a look, and once', async () => {
    await ports.workflows.syncExecutionRef();
    const mark = `train ${ulid(Date.now() + 1000, Buffer.alloc(10, 1))}`;
    const first = await dispatch(mark);
    expect(await dispatch(mark)).toEqual(first);
    expect([reads(), dispatches().length]).toEqual([[], 1]);
  });

  test('that may have been sent is found', async () => {
    const mark = `train ${ulid(Date.now() + 1000, Buffer.alloc(10, 2))}`;
    const first = await dispatch(mark);
    await effects.begin(`dispatch train.yml ${mark}`);
    expect((await dispatch(mark)).id).toBe(first.id);
    expect(dispatches()).toHaveLength(1);
  });

  test('of a run that is older than our memory, or of none, is looked for first', async () => {
    await dispatch(`train ${ulid(Date.parse('2020-01-01T00:00:00Z'), Buffer.alloc(10, 3))}`);
    await dispatch('validate rows');
    expect(reads()).toHaveLength(2);
  });
});

describe('a deployment', () => {
  const deployment = { environment: 'staging', description: 'd', payload: { version: '1.0.0' } };

  test('is made once, and after a crash before its status was set, succeeds', async () => {
    const ensure = () => ports.deployments.ensure({ ...deployment, mark: 'delay#staging#1', ref: main });
    const first = await ensure();
    asked = [];
    expect(await ensure()).toEqual(first);
    expect(asked).toEqual([]);
    await effects.begin('deployment delay#staging#1');
    expect(await ensure()).toEqual(first);
    expect(asked.filter((route) => route.startsWith('POST'))).toEqual([]);
  });
});

// The last: these begin the memory anew, and others rest on it.
describe('a database that came out of a backup, also under an App that works', () => {
  /** The memory is of another database from now on; `lost` are marks that were written after the backup. */
  async function restore(...lost: readonly string[]): Promise<void> {
    await pool.query('delete from trainyard.effects where mark = any($1)', [lost]);
    await pool.query(`update trainyard.memory set origin = 'before'`);
    asked = [];
  }

  test('finds a check that was made after the backup at a commit of before', async () => {
    await ports.checks.put(check({ name: 'early', externalId: 'early' }));
    await ports.checks.put(check({ name: 'late', externalId: 'late' }));
    await restore(`check ${main} late late`);
    await ports.checks.put(check({ name: 'late', externalId: 'late', title: 'Changed' }));
    expect(await runsNamed('late')).toMatchObject([{ output: { title: 'Changed' } }]);
  });

  test('writes what was changed after the backup, though it remembers to have written that', async () => {
    const state = check({ name: 'moved', externalId: 'moved', title: 'Before' });
    await ports.checks.put(state);
    const { rows } = await pool.query(`select state from trainyard.effects where mark like 'check % moved moved'`);
    await ports.checks.put({ ...state, title: 'After' });
    await pool.query(`update trainyard.effects set state = $1 where mark like 'check % moved moved'`, [rows[0].state]);
    await restore();
    await ports.checks.put(state);
    expect(await runsNamed('moved')).toMatchObject([{ output: { title: 'Before' } }]);
    await ports.comments.putSticky(1, '<!-- m -->', '<!-- m --> before');
    await restore();
    const of = { ...where, comment_id: (await ports.comments.putSticky(1, '<!-- m -->', '<!-- m --> before')).id };
    await world.app.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
      ...of,
      body: '<!-- m --> after',
    });
    await restore();
    await ports.comments.putSticky(1, '<!-- m -->', '<!-- m --> before');
    const { data } = await world.ada.request('GET /repos/{owner}/{repo}/issues/comments/{comment_id}', of);
    expect(Object(data).body).toBe('<!-- m --> before');
  });

  test('looks for a run that may have been dispatched after the backup, and remembers from then on', async () => {
    await ports.workflows.syncExecutionRef();
    const mark = `train ${ulid(Date.now(), Buffer.alloc(10, 4))}`;
    const dispatch = () => ports.workflows.dispatch('train.yml', { mark }, mark);
    const first = await dispatch();
    await restore(`dispatch train.yml ${mark}`);
    expect((await dispatch()).id).toBe(first.id);
    expect(asked.filter((route) => route.startsWith('POST'))).toEqual([]);
    expect(await effects.isComplete(new Date(Date.now() + 1000))).toBe(true);
    asked = [];
    expect((await dispatch()).id).toBe(first.id);
    expect(asked).toEqual([]);
  });
});

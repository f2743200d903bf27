import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { githubPorts } from '../../../adapters/github/ports.ts';
import { databaseEffects } from '../../../app/database/effects.ts';
import { migrate } from '../../../app/database/migrations.ts';
import { replicaTurns } from '../../../app/durable/turns.ts';
import { type GitId, RepositoryName } from '../../../core/names.ts';
import { type Check, type Checks, PortError } from '../../../flows/ports.ts';
import { OWNER, REPO, startWorld, type World } from '../../adapters/github/world.ts';
import { freshDatabase } from './fresh-database.ts';

const where = { owner: OWNER, repo: REPO };
let world: World;
let pool: pg.Pool;
let main: GitId;
let nth = 0;

beforeAll(async () => {
  world = await startWorld();
  main = await world.commit('main', { 'README.md': 'hello\n' });
  pool = new pg.Pool({ connectionString: await freshDatabase() });
  await migrate(pool);
});
afterAll(async () => {
  await pool?.end();
  await world?.close();
});

/** What befalls a request: its answer is lost, or the process that sends it ends. */
const FATES = ['passes', 'answer lost', 'dies before', 'dies after', 'dies, lands late'] as const;
type Fate = (typeof FATES)[number];
interface Move {
  readonly who: number;
  readonly fate: Fate;
}

/** Requests of several processes, which go out one after the other, in the order and with the fates of a test. */
class Crossing {
  readonly #parked: { readonly name: string; readonly go: (fate: Fate) => void }[] = [];
  readonly #late: (() => Promise<unknown>)[] = [];

  async request<T>(name: string, send: () => Promise<T>, die: () => Promise<unknown>): Promise<T> {
    const fate = await new Promise<Fate>((go) => this.#parked.push({ name, go }));
    if (fate === 'passes') return send();
    if (fate === 'dies, lands late') this.#late.push(send);
    else if (fate !== 'dies before') await send();
    if (fate === 'answer lost') throw new PortError('unavailable', 'the answer was lost');
    await die();
    return new Promise(() => {});
  }

  /** Meanwhile what a dead process had sent arrives. */
  readonly pass = async (): Promise<void> => {
    for (const land of this.#late.splice(0)) await land();
  };

  /** @param isOver whether each process is done or dead */
  async play(moves: readonly Move[], isOver: () => boolean): Promise<void> {
    const left = [...moves];
    while (!isOver()) {
      // Whoever can come to a request does so: those left wait for a turn.
      await wait(4);
      this.#parked.sort((a, b) => a.name.localeCompare(b.name));
      const move = this.#parked.length === 0 ? undefined : left.shift();
      const [next] = this.#parked.splice((move?.who ?? 0) % Math.max(1, this.#parked.length), 1);
      next?.go(move?.fate ?? 'passes');
    }
  }
}

const shown = (change: Partial<Check>): Check => ({
  name: `trainyard / train: ${nth}`,
  sha: main,
  externalId: 'train',
  status: 'in_progress',
  title: 'Training',
  summary: 's',
  ...change,
});
const WRITERS = [
  { name: 'live', compares: false, check: () => shown({ title: 'Training: loss 0.5' }) },
  { name: 'run', compares: false, check: () => shown({ status: 'completed', conclusion: 'success', title: 'Done' }) },
  { name: 'sweep', compares: true, check: () => shown({}) },
] as const;

/** Tries again what may pass by itself, as a step does. */
async function asStep(action: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof PortError && error.code === 'unavailable')) throw error;
    }
  }
}

async function titles(): Promise<readonly string[]> {
  const route = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';
  const { data } = await world.ada.request(route, { ...where, ref: main, check_name: shown({}).name, filter: 'all' });
  return Object(data).check_runs.map((run: { output: { title: string } }) => run.output.title);
}

test('no crossing of three processes, nor the death of any, makes a check twice', async () => {
  const fate = fc.oneof({ weight: 4, arbitrary: fc.constant('passes' as const) }, fc.constantFrom(...FATES));
  const moves = fc.array(fc.record({ who: fc.nat(2), fate }), { minLength: 4, maxLength: 12 });
  const played = fc.asyncProperty(moves, async (drawn) => {
    nth += 1;
    const crossing = new Crossing();
    const over = new Set<string>();
    const repository = RepositoryName.parse(`flights/memory-${nth}`);
    const effects = databaseEffects(pool, repository, () => new Date());
    const checksOf = (name: string, compares: boolean): Checks => {
      const die = async () => {
        over.add(name);
        await pool.query('delete from trainyard.executors where executor = $1', [name]);
      };
      const request = (route: string, parameters?: Record<string, unknown>) =>
        crossing.request(name, () => world.app.request(route, parameters), die);
      const ports = githubPorts({
        octokit: { request },
        repository: where,
        git: world.git,
        self: 'trainyard[bot]',
        effects,
        turns: replicaTurns({ pool, executor: name, pause: 1 })(repository),
        wait: crossing.pass,
      });
      return compares ? ports.sweeps.compared(() => {}).checks : ports.checks;
    };
    const write = async ({ name, compares, check }: (typeof WRITERS)[number]) => {
      const checks = checksOf(name, compares);
      await asStep(() => checks.put(check()));
      over.add(name);
    };
    await pool.query('delete from trainyard.executors');
    for (const { name } of [...WRITERS, { name: 'last' }])
      await pool.query(`insert into trainyard.executors (executor, host, lease_ms) values ($1, 'x', 1)`, [name]);
    const failed = Promise.withResolvers<never>();
    for (const writer of WRITERS) write(writer).catch(failed.reject);
    await Promise.race([failed.promise, crossing.play(drawn, () => over.size === WRITERS.length)]);
    // Whatever became of them, whoever comes next shows what holds now.
    over.clear();
    const last = asStep(() => checksOf('last', true).put(shown({ title: 'Last' }))).finally(() => over.add('last'));
    await crossing.play([], () => over.has('last'));
    await last;
    expect(await titles()).toEqual(['Last']);
  });
  await fc.assert(played, { numRuns: 30 });
});

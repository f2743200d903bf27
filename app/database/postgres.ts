import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import { AppError } from '../error.ts';
import type { Log } from '../log.ts';
import { type Cluster, openCluster } from './postgres-server.ts';

const State = z.object({ port: z.int().positive(), password: z.string().min(16) });
type State = z.infer<typeof State>;

const USER = 'trainyard';
const DATABASE = 'trainyard';
/** Milliseconds; recovery after a crash of the machine may take some. */
const STARTUP = 30_000;

export interface Database {
  readonly url: string;
  /** Stops the server, unless another process uses it, too. */
  stop(): Promise<void>;
}

/**
 * A PostgreSQL of our own under the data directory: port and password stay the same from start to start. A server that
 * survived its App (kill -9) is used as it is: connect first, start only on failure.
 * @throws AppError `database_unavailable`
 */
export async function embeddedPostgres(dataDir: string, log: Log): Promise<Database> {
  await mkdir(dataDir, { recursive: true });
  const file = join(dataDir, 'postgres.json');
  const known = await readState(file);
  const password = known?.password ?? randomBytes(24).toString('hex');
  try {
    const cluster = await openCluster(dataDir, USER, password);
    if (known !== null && (await isUp(known))) {
      log.info('a PostgreSQL that runs already is used', { port: known.port });
      return database(known, cluster);
    }
    // The port may have been taken meanwhile: only the password is bound to the data.
    const state = { port: await freePort(known?.port ?? 0), password };
    await writeFile(file, JSON.stringify(state), { mode: 0o600 });
    await cluster.start(state.port, () => comesUp(state));
    await createDatabase(state);
    log.info('the embedded PostgreSQL runs', { port: state.port, log: cluster.log });
    return database(state, cluster);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    const fix = 'set DATABASE_URL to use a server of your own';
    throw new AppError('database_unavailable', `expected an embedded PostgreSQL in ${dataDir}, but: ${said}; ${fix}`, {
      cause,
    });
  }
}

function database(state: State, cluster: Cluster): Database {
  return {
    url: urlOf(state, DATABASE),
    async stop() {
      const pid = await cluster.pid();
      if (pid === null || (await usedByOthers(state))) return;
      // "Fast shutdown": sessions are ended, what was committed is kept.
      process.kill(pid, 'SIGINT');
      const deadline = Date.now() + STARTUP;
      while ((await cluster.pid()) !== null && Date.now() < deadline) await wait(25);
    },
  };
}

async function usedByOthers(state: State): Promise<boolean> {
  const sessions = `select count(*)::int as n from pg_stat_activity
    where backend_type = 'client backend' and pid <> pg_backend_pid()`;
  try {
    const [row] = await query(state, 'postgres', sessions);
    return z.object({ n: z.int() }).parse(row).n > 0;
  } catch {
    return false;
  }
}

async function createDatabase(state: State): Promise<void> {
  const found = await query(state, 'postgres', `select 1 from pg_database where datname = '${DATABASE}'`);
  if (found.length === 0) await query(state, 'postgres', `create database ${DATABASE}`);
}

/** Whether a server answers, or at least says that it is starting up and then answers. */
async function isUp(state: State): Promise<boolean> {
  const said = await attempt(state);
  return said === 'up' || (said === 'starting' && comesUp(state));
}

async function comesUp(state: State): Promise<boolean> {
  const deadline = Date.now() + STARTUP;
  while (Date.now() < deadline) {
    if ((await attempt(state)) === 'up') return true;
    await wait(25);
  }
  return false;
}

async function attempt(state: State): Promise<'up' | 'starting' | 'down'> {
  try {
    await query(state, 'postgres', 'select 1');
    return 'up';
  } catch (error) {
    const { code } = z.object({ code: z.string().optional() }).catch({}).parse(error);
    // cannot_connect_now
    return code === '57P03' ? 'starting' : 'down';
  }
}

async function query(state: State, name: string, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: urlOf(state, name), connectionTimeoutMillis: 3000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

function urlOf({ port, password }: State, name: string): string {
  return `postgresql://${USER}:${password}@127.0.0.1:${port}/${name}`;
}

async function readState(file: string): Promise<State | null> {
  try {
    const parsed = State.safeParse(JSON.parse(await readFile(file, 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** The wanted port if it is free, else any. */
function freePort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => (wanted === 0 ? reject(error) : resolve(freePort(0))));
    server.listen(wanted, '127.0.0.1', () => {
      // A TCP server has an address of this shape once it listens.
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

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
/** Milliseconds in which a server comes up; recovery after a crash of the machine may take some, and is not cut short. */
const STARTUP = 300_000;
/** Milliseconds for a server to end, and for one of nobody's that does not answer. */
const ENDING = 30_000;
const PAUSE = 200;
const IDLE_TURNS = 5;
const SILENT_TURN = (IDLE_TURNS * PAUSE) / ENDING;

export interface Database {
  readonly url: string;
  /** Resolves when the server that was started last has ended, whoever ended it. */
  ended(): Promise<void>;
  /** Starts it again at the same address, once it has ended. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A PostgreSQL of our own under the data directory: port and password stay the same from start to start. It ends with
 * us; one that runs already belongs to another App, whose end we wait for, or to none, and is stopped.
 * @throws AppError `database_unavailable`
 */
export async function embeddedPostgres(dataDir: string, log: Log): Promise<Database> {
  await mkdir(dataDir, { recursive: true });
  const file = join(dataDir, 'postgres.json');
  const known = await readState(file);
  const password = known?.password ?? randomBytes(24).toString('hex');
  try {
    const cluster = await openCluster(dataDir, USER, password);
    if (known !== null) await othersEnd(known, cluster, log);
    // The port may have been taken meanwhile: only the password is bound to the data.
    const state = { port: await freePort(known?.port ?? 0), password };
    await writeFile(file, JSON.stringify(state), { mode: 0o600 });
    let running = await cluster.start(state.port, (signal) => comesUp(state, signal));
    await createDatabase(state);
    log.info('the embedded PostgreSQL runs', { port: state.port, log: cluster.log });
    return {
      url: urlOf(state, DATABASE),
      ended: () => running.ended,
      async start() {
        running = await cluster.start(state.port, (signal) => comesUp(state, signal));
      },
      stop: () => stop(cluster),
    };
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    const fix = 'set DATABASE_URL to use a server of your own';
    throw new AppError('database_unavailable', `expected an embedded PostgreSQL in ${dataDir}, but: ${said}; ${fix}`, {
      cause,
    });
  }
}

/** Waits until no server of this cluster runs. One that nobody has used for a second has lost its App: it is stopped. */
async function othersEnd(state: State, cluster: Cluster, log: Log): Promise<void> {
  let idle = 0;
  for (let turns = 0; (await cluster.pid()) !== null; turns += 1) {
    const found = await users(state);
    // One that does not answer may be recovering from a crash: it gets the time of a start.
    idle = found === null ? idle + SILENT_TURN : found > 0 ? 0 : idle + 1;
    if (idle >= IDLE_TURNS) await stop(cluster);
    if (turns === IDLE_TURNS) log.info('another App uses this data directory; waiting until it ends');
    await wait(PAUSE);
  }
}

async function stop(cluster: Cluster): Promise<void> {
  const pid = await cluster.pid();
  if (pid === null) return;
  // "Fast shutdown": sessions are ended, what was committed is kept.
  process.kill(pid, 'SIGINT');
  const deadline = Date.now() + ENDING;
  while ((await cluster.pid()) !== null && Date.now() < deadline) await wait(25);
}

/** How many sessions of others the server has, null when it does not say. */
async function users(state: State): Promise<number | null> {
  const sessions = `select count(*)::int as n from pg_stat_activity
    where backend_type = 'client backend' and pid <> pg_backend_pid()`;
  try {
    const [row] = await query(state, 'postgres', sessions);
    return z.object({ n: z.int() }).parse(row).n;
  } catch {
    return null;
  }
}

async function createDatabase(state: State): Promise<void> {
  const found = await query(state, 'postgres', `select 1 from pg_database where datname = '${DATABASE}'`);
  if (found.length === 0) await query(state, 'postgres', `create database ${DATABASE}`);
}

async function comesUp(state: State, signal: AbortSignal): Promise<boolean> {
  const deadline = Date.now() + STARTUP;
  while (Date.now() < deadline && !signal.aborted) {
    if (await isUp(state)) return true;
    await wait(25);
  }
  return false;
}

async function isUp(state: State): Promise<boolean> {
  return query(state, 'postgres', 'select 1').then(
    () => true,
    () => false,
  );
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

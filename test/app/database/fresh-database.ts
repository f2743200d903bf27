import { chmod, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { embeddedPostgres } from '../../../app/database/postgres.ts';

const quiet = { info() {}, error() {} };

/** One server for all tests of this process. It loses data when the machine crashes, and ends with the process. */
let server: Promise<string> | undefined;

async function start(): Promise<string> {
  const directory = await mkdtemp(join(inject('scratch'), 'postgres-'));
  // As root, PostgreSQL runs as another user, who must get there.
  await chmod(directory, 0o711);
  const { url } = await embeddedPostgres(directory, quiet);
  const settings = ['fsync', 'synchronous_commit', 'full_page_writes', 'autovacuum'];
  for (const setting of settings) await query(url, `alter system set ${setting} = off`);
  await query(url, 'select pg_reload_conf()');
  return url;
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

let made = 0;

/** The address of an empty database that nobody else uses: what `DATABASE_URL` is in production. */
export async function freshDatabase(): Promise<string> {
  server ??= start();
  const url = new URL(await server);
  made += 1;
  const name = `test_${made}`;
  await query(url.href, `create database ${name}`);
  url.pathname = `/${name}`;
  return url.href;
}

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Effects } from '../../../adapters/github/effects.ts';
import { type App, createApp } from '../../../app/app.ts';
import { databaseEffects } from '../../../app/database/effects.ts';
import { inFlight } from '../../../app/database/in-flight.ts';
import { GitId, Instant, RepositoryName } from '../../../core/names.ts';
import type { FlowEvent } from '../../../flows/events.ts';
import { type AppWorld, commentPayload, deliver, startAppWorld } from '../world.ts';
import { type MachineServer, machinePrograms, query, startMachineServer } from './machine-server.ts';

const run = promisify(execFile);
const quiet = { info() {}, error() {} };
const bin = machinePrograms(
  ['initdb', 'postgres', 'pg_dump', 'pg_restore', 'pg_basebackup'],
  'backup and restore are untested',
);
const repository = RepositoryName.parse('flights/delay');
const sighting = {
  pullRequest: 3,
  event: 'head',
  sha: GitId.parse('a'.repeat(40)),
  headRepository: 'ben/delay',
  at: Instant.parse('2026-11-22T10:00:00Z'),
  sender: 'ben',
} as const;

// The commands are those of docs/operations.md.
describe.skipIf(bin === undefined)('a backup', () => {
  let server: MachineServer;
  let world: AppWorld;
  let directory: string;
  let file: string;
  const apps: App[] = [];
  const pools: pg.Pool[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trainyard-backup-'));
    file = join(directory, 'trainyard.dump');
    server = await startMachineServer(bin ?? '');
    world = await startAppWorld(server.url);
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    for (const pool of pools) await pool.end();
    await world?.close();
    await server?.close();
    await rm(directory, { recursive: true, force: true });
  });

  const poolOf = (url: string): pg.Pool => {
    const pool = new pg.Pool({ connectionString: url });
    pool.on('error', () => {});
    pools.push(pool);
    return pool;
  };
  const effectsIn = (url: string): Effects => databaseEffects(poolOf(url), repository, () => new Date());
  /** An App on this database, which notes what it handles. */
  async function startOn(databaseUrl: string): Promise<{ app: App; handled: FlowEvent[] }> {
    const handled: FlowEvent[] = [];
    const app = await createApp({
      config: { ...world.config, databaseUrl },
      log: quiet,
      lost() {},
      async handle(event) {
        if (event.kind !== 'timer') handled.push(event);
        return { code: 'ignored', message: 'a test' };
      },
    });
    apps.push(app);
    return { app, handled };
  }
  const comment = async (app: App, id: string, number: number): Promise<void> => {
    const payload = commentPayload(world, { id: number, pullRequest: 3 });
    const answer = await deliver(`${app.url}/api/github/webhooks`, { id, event: 'issue_comment', payload });
    expect(answer.status).toBe(202);
  };
  const restored = async (name: string): Promise<string> => {
    const url = server.at(name);
    await query(server.at('postgres'), `create database ${name}`);
    const options = ['--no-owner', '--exit-on-error', '--single-transaction', `--dbname=${url}`, file];
    await run(join(bin ?? '', 'pg_restore'), options);
    return url;
  };

  test('made while the App works, restored elsewhere: what was handled is known, what was seen is there', async () => {
    const { app, handled } = await startOn(server.url);
    await comment(app, 'before', 1);
    await vi.waitFor(() => expect(handled).toHaveLength(1), { timeout: 30_000, interval: 20 });
    await inFlight(poolOf(server.url), repository).recordSighting(sighting);
    await run(join(bin ?? '', 'pg_dump'), ['--format=custom', `--file=${file}`, `--dbname=${server.url}`]);
    await comment(app, 'after', 2);
    await vi.waitFor(() => expect(handled).toHaveLength(2), { timeout: 30_000, interval: 20 });
    await app.close();
    apps.length = 0;

    const url = await restored('restored');
    const second = await startOn(url);
    await comment(second.app, 'before', 1);
    // Handled after the backup: GitHub is asked for it again, and then it is new here.
    await comment(second.app, 'after', 2);
    await vi.waitFor(() => expect(second.handled).toMatchObject([{ kind: 'comment', id: 2 }]), {
      timeout: 30_000,
      interval: 20,
    });
    expect(await inFlight(poolOf(url), repository).sightings(3)).toEqual([sighting]);
    await second.app.close();
    apps.length = 0;
  });

  test('restored does not pretend to know what was made since: its memory begins anew', async () => {
    const known = effectsIn(server.url);
    expect(await known.find('a check')).toBeNull();
    await known.made('a check', { id: 7 });
    await run(join(bin ?? '', 'pg_dump'), ['--format=custom', `--file=${file}`, `--dbname=${server.url}`]);
    const made = new Date();
    expect([await known.find('a check'), await known.isComplete(made)]).toMatchObject([{ kind: 'made' }, true]);
    const later = effectsIn(await restored('later'));
    expect([await later.find('a check'), await later.isComplete(made)]).toEqual([{ kind: 'begun' }, false]);
    expect(await later.isComplete(new Date(Date.now() + 1000))).toBe(true);
  });

  test('is not what a standby is: promoted, it knows at once that it is another database', async () => {
    const known = effectsIn(server.url);
    await known.made('a check', { id: 7 });
    const standby = await server.standby();
    try {
      await query(standby.url, 'select pg_promote()');
      const later = effectsIn(standby.url);
      const since = new Date();
      // A checkpoint, which tells of the new timeline, comes minutes later.
      expect([await later.find('a check'), await later.isComplete(since)]).toEqual([{ kind: 'begun' }, false]);
      await later.made('a check', { id: 7 });
      await query(standby.url, 'checkpoint');
      expect(await later.find('a check')).toMatchObject({ kind: 'made', id: 7 });
      expect(await known.find('a check')).toMatchObject({ kind: 'made', id: 7 });
    } finally {
      await Promise.all(pools.splice(0).map((pool) => pool.end()));
      await standby.close();
    }
  });
});

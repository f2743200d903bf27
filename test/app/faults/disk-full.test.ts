import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { type Database, embeddedPostgres } from '../../../app/database/postgres.ts';
import { serverUser } from '../../../app/database/postgres-user.ts';
import { query } from '../database/machine-server.ts';
import { type FlowThrough, startFlowThrough } from './flow-through.ts';

const quiet = { info() {}, error() {} };
const DELIVERIES = 60;

const asRoot = (program: string, args: readonly string[]): unknown =>
  process.getuid?.() === 0
    ? execFileSync(program, args, { stdio: 'ignore' })
    : execFileSync('sudo', ['-n', program, ...args], { stdio: 'ignore' });

/** A disk of so many megabytes, null where this user may mount none. */
function smallDisk(directory: string, megabytes: number): string | null {
  const disk = join(directory, 'disk');
  mkdirSync(disk);
  try {
    const owner = `uid=${process.getuid?.() ?? 0},gid=${process.getgid?.() ?? 0}`;
    asRoot('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=711,${owner}`, 'tmpfs', disk]);
    return disk;
  } catch {
    const message = 'only root may mount a small disk; a full one under the database is untested';
    process.stderr.write(`SKIPPED: ${message}\n`);
    return null;
  }
}

/** Writes until nothing more fits. */
function fill(file: string): void {
  for (const bytes of [2 ** 20, 2 ** 12]) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(bytes), { flag: 'a' });
    } catch (error) {
      if (!String(error).includes('ENOSPC')) throw error;
    }
  }
}

describe('a database whose disk is full', () => {
  let disk: string | null;
  let database: Database;
  let flows: FlowThrough;

  beforeAll(async () => {
    const directory = mkdtempSync(join(inject('scratch'), 'full-disk-'));
    chmodSync(directory, 0o711);
    disk = smallDisk(directory, 64);
    if (disk === null) return;
    // Tables alone lie on it: where no log of the database fits, it stops, which is a crash (database.test.ts).
    const tables = join(disk, 'tables');
    mkdirSync(tables, { mode: 0o700 });
    const user = await serverUser();
    if (user !== null) chownSync(tables, user.uid, user.gid);
    database = await embeddedPostgres(directory, quiet);
    await query(database.url, `create tablespace small location '${tables}'`);
    await query(database.url, 'create database full_disk tablespace small');
    const url = new URL(database.url);
    url.pathname = '/full_disk';
    flows = await startFlowThrough(url.href);
  });
  afterAll(async () => {
    await flows?.close();
    await database?.stop();
    if (disk !== null) asRoot('umount', [disk]);
  });

  test('takes no delivery that it cannot keep, and goes on by itself when there is room', async ({ skip }) => {
    if (disk === null) return skip();
    const ballast = join(disk, 'ballast');
    fill(ballast);
    const sent = flows.send(0, DELIVERIES);
    await vi.waitFor(() => expect(flows.logged.join('\n')).toContain('No space left on device'), {
      timeout: 45_000,
      interval: 50,
    });
    rmSync(ballast);
    await sent;
    await flows.allOnce(DELIVERIES);
    expect(flows.logged).not.toContain('LOST');
  }, 240_000);
});

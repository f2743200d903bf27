import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createApp } from '../../../app/app.ts';
import type { FlowEvent } from '../../../flows/events.ts';
import { freePort } from '../../../scripts/demo/app-process.ts';
import { type AppWorld, commentPayload, deliver, startAppWorld } from '../world.ts';
import { type MachineServer, machinePrograms, query, startMachineServer } from './machine-server.ts';

const quiet = { info() {}, error() {} };
const bin = machinePrograms(['initdb', 'postgres'], 'DATABASE_URL is untested');

describe.skipIf(bin === undefined)('an App with DATABASE_URL', () => {
  let server: MachineServer;
  let url: string;
  let world: AppWorld;

  beforeAll(async () => {
    server = await startMachineServer(bin ?? '');
    url = server.url;
    world = await startAppWorld(url);
  });
  afterAll(async () => {
    await world?.close();
    await server?.close();
  });

  /** Starts an App, delivers a comment under this id, and ends the App once it has handled `expected` events. */
  async function handles(id: string, expected: number): Promise<FlowEvent[]> {
    const handled: FlowEvent[] = [];
    const app = await createApp({
      config: world.config,
      log: quiet,
      lost() {},
      async handle(event) {
        if (event.kind !== 'timer') handled.push(event);
        return { code: 'ignored', message: 'a test' };
      },
    });
    try {
      const payload = commentPayload(world, { id: 5, pullRequest: 3 });
      const answer = await deliver(`${app.url}/api/github/webhooks`, { id, event: 'issue_comment', payload });
      expect(answer.status).toBe(202);
      await vi.waitFor(() => expect(handled).toHaveLength(expected), { timeout: 10_000, interval: 20 });
    } finally {
      await app.close();
    }
    return handled;
  }

  test('keeps what is in flight on that server, and starts none of its own', async () => {
    expect(await handles('first', 1)).toMatchObject([{ kind: 'comment', id: 5 }]);
    const tables = `select table_schema || '.' || table_name as name from information_schema.tables`;
    expect(await query(url, tables)).toEqual(
      expect.arrayContaining([{ name: 'trainyard.sightings' }, { name: 'dbos.workflow_status' }]),
    );
    expect(existsSync(join(world.config.dataDir, 'postgres.json'))).toBe(false);
  });

  test('knows after a restart what it has handled', async () => {
    expect(await handles('second', 1)).toHaveLength(1);
    expect(await handles('second', 0)).toHaveLength(0);
  });

  test('says so when that server does not answer', async () => {
    const gone = new URL(url);
    gone.port = String(await freePort());
    const config = { ...world.config, databaseUrl: gone.href };
    const starting = createApp({
      config,
      log: quiet,
      lost() {},
      handle: async () => ({ code: 'ignored', message: '' }),
    });
    await expect(starting).rejects.toMatchObject({ code: 'database_unavailable' });
  });
});

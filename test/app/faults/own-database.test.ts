import { readFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { type ReplicaProcesses, replicaProcesses } from '../replicas.ts';
import { type AppWorld, startAppWorld } from '../world.ts';
import { type FlowThrough, startFlowThrough } from './flow-through.ts';

const DELIVERIES = 8;
/** Milliseconds between kills: flows are under way again. */
const PAUSE = 900;

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Kills the server for good: whoever wants it back must start it. */
function killServer(dataDir: string): void {
  const [pid = ''] = readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n');
  process.kill(Number(pid), 'SIGKILL');
}

test('an App whose own PostgreSQL is killed starts it again, and handles all that it took, once', async () => {
  const flows: FlowThrough = await startFlowThrough(null);
  ends.push(flows.close);
  const sending = flows.send(0, DELIVERIES / 2);
  for (let time = 0; time < 2; time += 1) {
    await wait(PAUSE);
    killServer(flows.world.config.dataDir);
  }
  await Promise.all([sending, flows.send(DELIVERIES / 2, DELIVERIES)]);
  await flows.allOnce(DELIVERIES);
  expect(flows.logged.filter((line) => line.startsWith('LOST'))).toEqual([]);
  expect(flows.logged.filter((line) => line.startsWith('the embedded PostgreSQL ended by itself'))).toHaveLength(2);
  expect((await fetch(`${flows.app.url}/readyz`)).status).toBe(200);
}, 240_000);

test('where it does not start again, the App ends with the code 1 and a line that says so', async () => {
  const world: AppWorld = await startAppWorld();
  ends.push(world.close);
  const apps: ReplicaProcesses = replicaProcesses(world, 'replica-app.ts');
  ends.push(apps.close);
  const { dataDir } = world.config;
  const marks = join(world.github.dataDir, 'marks');
  const app = await apps.start({ DATABASE_URL: '', TRAINYARD_DATA_DIR: dataDir, MARKS: marks });
  await rename(join(dataDir, 'postgres/global'), join(dataDir, 'postgres/gone'));
  killServer(dataDir);
  expect(await app.gone).toEqual([1, null]);
  const lines = app.log().trim().split('\n');
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
    level: 'error',
    message: 'the embedded PostgreSQL ended, and does not start again; ending',
  });
  expect(lines.join('\n')).toContain('the embedded PostgreSQL could not be started');
  // Each of its five tries waits for processes of the killed server, for half a minute at most.
}, 300_000);

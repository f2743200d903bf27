import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { freshDatabase } from '../database/fresh-database.ts';
import { type Severable, severable } from '../database/severed.ts';
import { linesOf, type ReplicaProcess, type ReplicaProcesses, replicaProcesses } from '../replicas.ts';
import { type AppWorld, commentPayload, deliver, startAppWorld } from '../world.ts';

let directory: string;
let marks: string;
let database: Severable;
let world: AppWorld;
let processes: ReplicaProcesses;
let replicas: readonly ReplicaProcess[];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trainyard-intake-'));
  marks = join(directory, 'marks');
  database = await severable(await freshDatabase());
  world = await startAppWorld(database.url);
  processes = replicaProcesses(world, 'replica-app.ts');
  const settings = (name: string) => ({ MARKS: marks, NAME: name, STEPS: 'read,end', TRAINYARD_LEASE_SECONDS: '20' });
  replicas = [await processes.start(settings('one')), await processes.start(settings('two'))];
});
afterAll(async () => {
  await processes?.close();
  await world?.close();
  await database?.close();
  rmSync(directory, { recursive: true, force: true });
});

const done = () => linesOf(marks).filter((line) => / done /.test(line));
const comment = (id: number) => ({
  id: `guid-${id}`,
  event: 'issue_comment',
  payload: commentPayload(world, { id, pullRequest: id }),
});

describe('two replicas', () => {
  test('that are handed the same deliveries at once, over several connections each, handle each once', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => index + 1);
    // Each in another order.
    const orders = [ids, ids.toReversed(), ids.toSorted((a, b) => (a % 5) - (b % 5))];
    const sent = replicas.flatMap(({ webhooks }) =>
      orders.flatMap((order) => order.map((id) => deliver(webhooks, comment(id)))),
    );
    const statuses = (await Promise.all(sent)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([202]));
    await vi.waitFor(() => expect(new Set(done().map((line) => line.split(' ')[0])).size).toBe(12), {
      timeout: 30_000,
      interval: 50,
    });
    expect(done()).toHaveLength(12);
  });

  test('answer a flood of forged deliveries without the database', async () => {
    database.cut();
    const forged = Array.from({ length: 100 }, (_, id) =>
      deliver(replicas[id % 2]?.webhooks ?? '', { ...comment(id), secret: 'a guess' }),
    );
    expect(new Set((await Promise.all(forged)).map(({ status }) => status))).toEqual(new Set([401]));
    const genuine = await deliver(replicas[0]?.webhooks ?? '', comment(500));
    expect(genuine.status).toBeGreaterThanOrEqual(500);
    database.mend();
    await vi.waitFor(async () => expect((await deliver(replicas[0]?.webhooks ?? '', comment(500))).status).toBe(202), {
      timeout: 30_000,
      interval: 200,
    });
  });
});

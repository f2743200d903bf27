import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freshDatabase } from '../database/fresh-database.ts';
import { type Severable, severable } from '../database/severed.ts';
import { type FlowThrough, startFlowThrough } from './flow-through.ts';

let way: Severable;
let flows: FlowThrough;

beforeEach(async () => {
  way = await severable(await freshDatabase());
  flows = await startFlowThrough(way.url);
});
afterEach(async () => {
  await flows?.close();
  await way?.close();
});

test('an App whose connections to the database carry nothing any more takes and handles deliveries again within a minute', async () => {
  const sending = flows.send(0, 6);
  await wait(700);
  way.hang();
  // Each is sent for a minute at most: TCP would give such a connection up after a quarter of an hour.
  await Promise.all([sending, flows.send(6, 12)]);
  await flows.allOnce(12);
  expect((await fetch(`${flows.app.url}/readyz`)).status).toBe(200);
}, 300_000);

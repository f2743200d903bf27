import { afterAll, beforeAll, expect, test } from 'vitest';
import { failure, signatureOf, startReceiver, startWorld, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.close();
  expect(world.problems).toEqual([]);
  world.judge.assertClean();
});

async function cause(title: string) {
  await world.ada.octokit.rest.issues.create({ ...world.at, title });
  await world.github.settled();
  const received = world.receiver.received.at(-1);
  if (received === undefined) throw new Error('expected a webhook, got none');
  return received;
}

test('a delivery is signed over its exact bytes and names its hook', async () => {
  const received = await cause('signed');
  expect(received.headers).toMatchObject({
    'x-hub-signature-256': signatureOf(received.body),
    'x-github-event': 'issues',
    'x-github-hook-installation-target-id': String(world.app.id),
    'x-github-hook-installation-target-type': 'integration',
    'content-type': 'application/json',
  });
  expect(received.payload).toMatchObject({
    action: 'opened',
    installation: { id: world.installation.id },
    organization: { login: 'acme' },
    repository: { full_name: 'acme/flights' },
    sender: { login: 'ada' },
  });
});

test('a failed delivery is recorded, not retried, and can be asked for again under its GUID', async () => {
  world.receiver.status = 500;
  const received = await cause('lost');
  world.receiver.status = 202;
  expect(world.receiver.received.filter((one) => one.guid === received.guid)).toHaveLength(1);
  const { data: failed } = await world.app.jwt.rest.apps.listWebhookDeliveries({ status: 'failure' });
  const lost = failed.find((one) => one.guid === received.guid);
  expect(lost).toMatchObject({ status_code: 500, event: 'issues', action: 'opened', redelivery: false });
  await world.app.jwt.rest.apps.redeliverWebhookDelivery({ delivery_id: lost?.id ?? 0 });
  await world.github.settled();
  const again = world.receiver.received.filter((one) => one.guid === received.guid);
  expect(again).toHaveLength(2);
  expect(again[1]?.body).toBe(received.body);
});

test('deliveries are listed newest first, in pages by cursor, and read with their bytes', async () => {
  for (const title of ['p1', 'p2', 'p3']) await cause(title);
  const first = await world.app.jwt.rest.apps.listWebhookDeliveries({ per_page: 2 });
  expect(first.data).toHaveLength(2);
  const cursor = /cursor=([^&>]+)/.exec(first.headers.link ?? '')?.[1] ?? '';
  const second = await world.app.jwt.rest.apps.listWebhookDeliveries({ per_page: 2, cursor });
  const ids = [...first.data, ...second.data].map((one) => one.id);
  expect(ids).toEqual([...ids].sort((a, b) => b - a));
  const { data } = await world.app.jwt.rest.apps.getWebhookDelivery({ delivery_id: ids[0] ?? 0 });
  expect(data).toMatchObject({
    request: { payload: { issue: { title: 'p3' } } },
    response: { payload: 'seen' },
    status: 'OK',
  });
});

test('a receiver that is down counts as a failed delivery', async () => {
  const gone = await startReceiver();
  await gone.close();
  world.github.setWebhookUrl(world.app.id, gone.url);
  await world.ada.octokit.rest.issues.create({ ...world.at, title: 'unheard' });
  await world.github.settled();
  world.github.setWebhookUrl(world.app.id, world.receiver.url);
  const { data } = await world.app.jwt.rest.apps.listWebhookDeliveries({ per_page: 1 });
  expect(data[0]).toMatchObject({ status_code: 502, status: 'failed to connect to host' });
});

test('an App hears nothing of repositories where it is not installed, nor of events that it did not ask for', async () => {
  await world.github.createRepository({ owner: 'ada', name: 'own' });
  const before = world.receiver.received.length;
  await world.ada.octokit.rest.issues.create({ owner: 'ada', repo: 'own', title: 'elsewhere' });
  await world.github.settled();
  expect(world.receiver.received.length).toBe(before);
});

test("another App's deliveries are hidden", async () => {
  const received = await cause('mine');
  const delivery = world.github.tables.deliveries.find({ guid: received.guid });
  const foreign = world.github.createApp({
    slug: 'other',
    owner: 'acme',
    webhookUrl: null,
    webhookSecret: 's',
    permissions: {},
    events: [],
  });
  world.github.tables.deliveries.update(delivery?.id ?? 0, { appId: foreign.id });
  const read = world.app.jwt.rest.apps.getWebhookDelivery({ delivery_id: delivery?.id ?? 0 });
  expect((await failure(read)).status).toBe(404);
});

test('a repository_dispatch carries its sender and payload', async () => {
  await world.ben.octokit.rest.repos.createDispatchEvent({
    ...world.at,
    event_type: 'trainyard-train',
    client_payload: { model: 'm' },
  });
  await world.github.settled();
  expect(world.receiver.events('repository_dispatch').at(-1)?.payload).toMatchObject({
    action: 'trainyard-train',
    branch: 'main',
    client_payload: { model: 'm' },
    sender: { login: 'ben' },
  });
});

test.each([
  [
    'eleven properties',
    { event_type: 'x', client_payload: Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`k${i}`, i])) },
  ],
  ['64 KB', { event_type: 'x', client_payload: { big: 'x'.repeat(65_536) } }],
  ['a type of 101 characters', { event_type: 'x'.repeat(101) }],
])('a repository_dispatch with %s is refused', async (_, body) => {
  expect((await failure(world.ada.octokit.rest.repos.createDispatchEvent({ ...world.at, ...body }))).status).toBe(422);
});

test('a reader cannot dispatch', async () => {
  expect(
    (await failure(world.eve.octokit.rest.repos.createDispatchEvent({ ...world.at, event_type: 'x' }))).status,
  ).toBe(403);
});

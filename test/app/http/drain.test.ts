import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type App, createApp } from '../../../app/app.ts';
import { type AppWorld, commentPayload, deliver, startAppWorld } from '../world.ts';

let world: AppWorld;
let app: App;
let begun = false;
let end: () => void;
const ended = new Promise<void>((resolve) => {
  end = resolve;
});

beforeAll(async () => {
  world = await startAppWorld();
  app = await createApp({
    config: world.config,
    log: { info() {}, error() {} },
    lost() {},
    async handle(event) {
      if (event.kind !== 'comment') return { code: 'ignored', message: 'no comment' };
      begun = true;
      await ended;
      return { code: 'replied', message: 'a test' };
    },
  });
});
afterAll(async () => {
  end();
  await app?.close();
  await world?.close();
});

test('an App that is about to end says that it lives and is not ready, and takes nothing, until what runs has ended', async () => {
  const webhooks = `${app.url}/api/github/webhooks`;
  const status = async (path: string) => (await fetch(app.url + path)).status;
  const send = (id: string) =>
    deliver(webhooks, { id, event: 'issue_comment', payload: commentPayload(world, { id: 1, pullRequest: 1 }) });
  expect((await send('before')).status).toBe(202);
  await vi.waitFor(() => expect(begun).toBe(true), { timeout: 20_000, interval: 20 });
  expect(await status('/readyz')).toBe(200);

  const closed = app.close();
  await vi.waitFor(async () => expect(await status('/readyz')).toBe(503), { timeout: 20_000, interval: 20 });
  expect(await status('/healthz')).toBe(200);
  expect((await send('meanwhile')).status).toBe(503);

  end();
  await closed;
  await expect(fetch(`${app.url}/healthz`)).rejects.toThrow();
});

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type App, createApp } from '../../app/app.ts';
import { jsonLog } from '../../app/log.ts';
import type { FlowEvent } from '../../flows/events.ts';
import type { Outcome } from '../../flows/outcome.ts';
import { PortError, type Ports } from '../../flows/ports.ts';
import { type AppWorld, commentPayload, deliver, startAppWorld } from './world.ts';

type Handle = (event: FlowEvent, ports: Ports) => Promise<Outcome>;

const IGNORED: Outcome = { code: 'ignored', message: 'a test' };
let world: AppWorld;
let app: App;
let handle: Handle;
let handled: FlowEvent[] = [];
let webhooks: string;

beforeAll(async () => {
  world = await startAppWorld();
  const stand: Handle = async (event, ports) => {
    if (event.kind === 'timer') return IGNORED;
    const outcome = await handle(event, ports);
    handled.push(event);
    return outcome;
  };
  app = await createApp({
    config: world.config,
    handle: stand,
    lost() {},
    log: jsonLog(
      (line) => process.env['LOG'] && process.stderr.write(line),
      () => new Date(),
    ),
  });
  webhooks = `${app.url}/api/github/webhooks`;
});
beforeEach(() => {
  handled = [];
  handle = async () => IGNORED;
});
afterAll(async () => {
  await app?.close();
  await world?.close();
});

const settled = (count: number) =>
  vi.waitFor(() => expect(handled).toHaveLength(count), { timeout: 10_000, interval: 20 });

describe('the App', () => {
  test('stores a delivery, answers 202 and handles it', async () => {
    const answer = await deliver(webhooks, {
      id: 'first-delivery',
      event: 'issue_comment',
      payload: commentPayload(world, { id: 5, pullRequest: 3 }),
    });
    expect([answer.status, (await answer.text()).trim()]).toEqual([202, 'stored']);
    await settled(1);
    // Written long ago by its own account, it is asked for anew: app/told-lately.ts.
    expect(handled).toMatchObject([{ kind: 'comment', id: 5, pullRequest: 3, sender: 'ada' }]);
    expect(handled[0]).not.toHaveProperty('comment');
  });

  test('handles a delivery that arrives five times once', async () => {
    const payload = commentPayload(world, { id: 6, pullRequest: 3 });
    const sent = Array.from({ length: 5 }, () =>
      deliver(webhooks, { id: 'same-guid', event: 'issue_comment', payload }),
    );
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    await deliver(webhooks, { id: 'after-it', event: 'issue_comment', payload });
    await settled(2);
  });

  test('refuses a delivery whose signature was made with another secret', async () => {
    const payload = commentPayload(world, { id: 7, pullRequest: 3 });
    const answer = await deliver(webhooks, { id: 'forged', event: 'issue_comment', payload, secret: 'development' });
    expect(answer.status).toBe(401);
  });

  test('hears nothing of comments that it wrote itself', async () => {
    const payload = { ...commentPayload(world, { id: 8, pullRequest: 3 }), sender: { login: 'trainyard[bot]' } };
    const answer = await deliver(webhooks, { id: 'own-edit', event: 'issue_comment', payload });
    expect([answer.status, (await answer.text()).trim()]).toEqual([202, 'nothing to do']);
  });

  test('answers 202 to a delivery that is not shaped as documented, and does nothing', async () => {
    const answer = await deliver(webhooks, { id: 'odd', event: 'issue_comment', payload: { action: 7 } });
    expect([answer.status, (await answer.text()).trim()]).toEqual([202, 'nothing to do']);
  });

  test('handles events of one pull request in order, and those of others meanwhile', async () => {
    const started: number[] = [];
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    handle = async (event) => {
      if (event.kind !== 'comment') return IGNORED;
      started.push(event.id);
      if (event.id === 20) await gate;
      return IGNORED;
    };
    for (const [id, pullRequest] of [
      [20, 8],
      [21, 8],
      [22, 9],
    ] as const) {
      const payload = commentPayload(world, { id, pullRequest });
      await deliver(webhooks, { id: `ordered-${id}`, event: 'issue_comment', payload });
    }
    await vi.waitFor(() => expect(started.toSorted()).toEqual([20, 22]), { timeout: 10_000 });
    open();
    await settled(3);
    expect(started.at(-1)).toBe(21);
  });

  test('repeats a step that failed for a passing reason, and runs the finished ones once', async () => {
    const marks: string[] = [];
    handle = async (_event, { steps }) => {
      await steps.run('one', async () => void marks.push('one'));
      const value = await steps.run('two', async () => {
        marks.push('two');
        if (marks.filter((mark) => mark === 'two').length < 2) throw new PortError('unavailable', 'not now');
        return 7;
      });
      return { code: 'replied', message: String(value) };
    };
    const payload = commentPayload(world, { id: 30, pullRequest: 3 });
    await deliver(webhooks, { id: 'retried', event: 'issue_comment', payload });
    await settled(1);
    expect(marks).toEqual(['one', 'two', 'two']);
  });

  test('hands a lasting failure of a step to the flow as the PortError that it was', async () => {
    const seen: unknown[] = [];
    handle = async (_event, { steps }) => {
      await steps
        .run('fails', async () => {
          throw new PortError('forbidden', 'not yours');
        })
        .catch((error) => seen.push(error));
      return IGNORED;
    };
    const payload = commentPayload(world, { id: 31, pullRequest: 3 });
    await deliver(webhooks, { id: 'forbidden', event: 'issue_comment', payload });
    await settled(1);
    expect(seen).toEqual([new PortError('forbidden', 'not yours')]);
    expect(seen[0]).toBeInstanceOf(PortError);
  });

  test('gives the flow ports that speak to GitHub as the App', async () => {
    const names: string[] = [];
    handle = async (_event, ports) => {
      names.push(ports.self, (await ports.source.repository()).name);
      return IGNORED;
    };
    const payload = commentPayload(world, { id: 40, pullRequest: 3 });
    await deliver(webhooks, { id: 'ports', event: 'issue_comment', payload });
    await settled(1);
    expect(names).toEqual(['trainyard[bot]', 'flights/delay']);
  });

  test('takes a delivery from GitHub itself', async () => {
    world.github.setWebhookUrl(world.app.id, webhooks);
    await fetch(`${world.github.urls.api}/repos/flights/delay/dispatches`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.ada.token}` },
      body: JSON.stringify({ event_type: 'trainyard-reconcile', client_payload: { word: 'looked' } }),
    });
    await settled(1);
    expect(handled).toMatchObject([
      {
        kind: 'request',
        type: 'reconcile',
        payload: { word: 'looked' },
        sender: 'ada',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        at: expect.stringMatching(/Z$/),
      },
    ]);
    world.github.setWebhookUrl(world.app.id, null);
  });

  test.each([
    ['/healthz', 200],
    ['/readyz', 200],
    ['/elsewhere', 404],
    ['/api/github/webhooks', 405],
  ])('answers GET %s with %i', async (path, status) => {
    expect((await fetch(app.url + path)).status).toBe(status);
  });
});

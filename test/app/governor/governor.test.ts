import { Octokit } from 'octokit';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { githubApi } from '../../../adapters/github/api.ts';
import { governor } from '../../../app/governor/governor.ts';
import type { Priority } from '../../../app/governor/limits.ts';
import { memoryStore } from '../../../app/governor/memory-store.ts';
import type { LimitStore } from '../../../app/governor/store.ts';
import { PortError } from '../../../flows/ports.ts';

const NOW = 1_790_000_000_000;
const READ = 'GET /repos/{owner}/{repo}';
const WRITE = 'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}';
const hour = { 'x-ratelimit-limit': '5000', 'x-ratelimit-reset': String(NOW / 1000 + 1800) };

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** A GitHub that answers in turn, the last one for ever, and processes that ask it through governors on one store. */
function world(answers: Answer[], { paced = true } = {}) {
  const clock = { now: NOW };
  const asked: { method: string; at: number; headers: Headers }[] = [];
  const governed: { priority: Priority; refused: string | null }[] = [];
  const inner = memoryStore(() => clock.now);
  let queries = 0;
  const store: LimitStore = {
    read: (id) => {
      queries += 1;
      return inner.read(id);
    },
    swap: (...args) => {
      queries += 1;
      return inner.swap(...args);
    },
  };
  const fetch = async (_: string, options: RequestInit) => {
    asked.push({ method: options.method ?? '', at: clock.now, headers: new Headers(options.headers) });
    const { status, headers = {}, body = {} } = (answers.length > 1 ? answers.shift() : answers[0]) ?? { status: 200 };
    const content = status === 304 ? null : JSON.stringify(body);
    return new Response(content, { status, headers: { 'content-type': 'application/json', ...headers } });
  };
  const octokit = new Octokit({ request: { fetch }, retry: { enabled: false }, throttle: { enabled: false } });
  const process = () => {
    const made = governor({
      store: () => store,
      paced,
      metrics: { governed: (priority, _, refused) => governed.push({ priority, refused }) },
      monotonic: () => clock.now,
      async wait(milliseconds) {
        clock.now += milliseconds;
      },
    });
    return (priority: Priority = 'person', installation = 7) =>
      made.govern({ request: (route, parameters) => octokit.request(route, parameters) }, installation, priority);
  };
  const as = process();
  const ask = (route: string, priority: Priority = 'person') =>
    as(priority)
      .request(route, { owner: 'ada', repo: 'delay', check_run_id: 1 })
      .then(
        ({ status }) => status,
        (error: unknown) => error,
      );
  return { clock, asked, governed, ask, as, process, queries: () => queries };
}

const refusedUntil = (until: number) => expect.objectContaining({ name: 'PortError', code: 'rate_limited', until });

describe('what GitHub refuses for its limits', () => {
  test.each<[string, Answer, number]>([
    ['a secondary limit with retry-after', { status: 403, headers: { 'retry-after': '30' } }, 30],
    ['429 with retry-after', { status: 429, headers: { 'retry-after': '90' } }, 90],
    ['429 that names no time', { status: 429 }, 60],
    [
      'a secondary limit that names no time',
      { status: 403, body: { message: 'You have exceeded a secondary rate limit.' } },
      60,
    ],
    [
      'the primary limit',
      { status: 403, headers: { ...hour, 'x-ratelimit-remaining': '0' }, body: { message: 'API rate limit exceeded' } },
      1800,
    ],
  ])('by %s is asked by nobody until then', async (_, answer, seconds) => {
    const { clock, asked, ask, process } = world([answer, { status: 200 }]);
    expect(await ask(READ)).toEqual(refusedUntil(NOW + seconds * 1000));
    clock.now += seconds * 1000 - 8001;
    expect(await ask(READ)).toEqual(refusedUntil(NOW + seconds * 1000));
    const other = process();
    await expect(other().request(READ, { owner: 'ada', repo: 'delay' })).rejects.toEqual(
      refusedUntil(NOW + seconds * 1000),
    );
    expect(asked).toHaveLength(1);
    clock.now = NOW + seconds * 1000;
    expect(await ask(READ)).toBe(200);
    expect(asked).toHaveLength(2);
  });

  test('does not keep another installation waiting', async () => {
    const { ask, as } = world([{ status: 429, headers: { 'retry-after': '30' } }, { status: 200 }]);
    await ask(READ);
    expect((await as('person', 8).request(READ, { owner: 'ada', repo: 'delay' })).status).toBe(200);
  });

  test('is heeded without any pacing, too', async () => {
    const { asked, ask } = world([{ status: 429, headers: { 'retry-after': '30' } }], { paced: false });
    await ask(WRITE);
    expect(await ask(WRITE)).toEqual(refusedUntil(NOW + 30_000));
    expect(asked).toHaveLength(1);
  });

  test('is asked again within the request when it is a matter of seconds', async () => {
    const { asked, ask } = world([{ status: 429, headers: { 'retry-after': '5' } }, { status: 200 }]);
    await ask(READ);
    expect(await ask(READ)).toBe(200);
    expect(asked.map(({ at }) => at - NOW)).toEqual([0, 5000]);
  });

  test('lets people go on when background work may not', async () => {
    const { ask, governed } = world([{ status: 200, headers: { ...hour, 'x-ratelimit-remaining': '900' } }]);
    expect(await ask(READ)).toBe(200);
    expect(await ask(READ, 'background')).toEqual(refusedUntil(NOW + 1_800_000));
    expect(await ask(READ)).toBe(200);
    expect(governed.map(({ refused }) => refused)).toEqual([null, 'reserved', null]);
  });
});

describe('what fails for another reason', () => {
  test.each<[string, Answer, string]>([
    [
      'a refusal of permission',
      { status: 403, body: { message: 'Resource not accessible by integration' } },
      'forbidden',
    ],
    ['a server error', { status: 502 }, 'unavailable'],
    ['what is not there', { status: 404 }, 'not_found'],
  ])('comes back as it was, and the next request goes out: %s', async (_, answer, code) => {
    const { ask, as } = world([answer, { status: 200 }]);
    const api = githubApi({ octokit: as(), repository: { owner: 'ada', repo: 'delay' } });
    await expect(api.raw(READ, {})).rejects.toMatchObject({ name: 'PortError', code, until: null });
    expect(await ask(READ)).toBe(200);
  });

  test('says when to come again where the server did', async () => {
    const { ask } = world([{ status: 503, headers: { 'retry-after': '120' } }]);
    expect(await ask(READ)).toEqual(expect.objectContaining({ code: 'unavailable', until: NOW + 120_000 }));
  });
});

describe('writes', () => {
  test('wait for their turn when many come at once', async () => {
    const { asked, ask } = world([{ status: 200 }]);
    for (let writes = 0; writes < 20; writes += 1) expect(await ask(WRITE)).toBe(200);
    const pauses = asked.map(({ at }, place) => at - (asked[place - 1]?.at ?? NOW));
    expect(pauses).toEqual([...Array(15).fill(0), ...Array(5).fill(1000)]);
  });

  test('follow each other without pause on a GitHub that asks for none', async () => {
    const { asked, ask } = world([{ status: 200 }], { paced: false });
    for (let writes = 0; writes < 100; writes += 1) await ask(WRITE);
    expect(asked.at(-1)?.at).toBe(NOW);
  });

  test('cost one query, and reads none', async () => {
    const { ask, queries } = world([{ status: 200, headers: { ...hour, 'x-ratelimit-remaining': '4000' } }]);
    await ask(READ);
    const before = queries();
    for (let reads = 0; reads < 20; reads += 1) await ask(READ);
    expect(queries() - before).toBe(0);
    for (let writes = 0; writes < 10; writes += 1) await ask(WRITE);
    expect(queries() - before).toBe(10);
  });

  test('of people go before background work that waits, when all that may run at once do', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const order: string[] = [];
    const requester = (name: string) => ({
      async request() {
        order.push(name);
        await gate;
        return { status: 200, headers: {}, data: null, url: '' };
      },
    });
    const store = memoryStore(() => NOW);
    const one = governor({ store: () => store, paced: false, metrics: { governed() {} }, monotonic: () => 0 });
    const all = [
      ...Array.from({ length: 25 }, () => one.govern(requester('background'), 7, 'background').request(READ)),
      one.govern(requester('person'), 7, 'person').request(READ),
    ];
    await new Promise(setImmediate);
    expect(order).toHaveLength(20);
    open();
    await Promise.all(all);
    expect(order[20]).toBe('person');
  });
});

test('an answer that has not changed costs nothing of the budget', async () => {
  const left = { ...hour, 'x-ratelimit-remaining': '1000', etag: '"one"' };
  const { as, asked, ask } = world([
    { status: 200, headers: left, body: { id: 1 } },
    { status: 304, headers: left },
  ]);
  const api = githubApi({ octokit: as(), repository: { owner: 'ada', repo: 'delay' } });
  for (let reads = 0; reads < 30; reads += 1)
    expect(await api.get(READ, {}, z.object({ id: z.number() }))).toEqual({ id: 1 });
  expect(asked.map(({ headers }) => headers.get('if-none-match'))).toEqual([null, ...Array(29).fill('"one"')]);
  // A fifth of the budget is left, so background work still goes on.
  expect(await ask(READ, 'background')).not.toBeInstanceOf(PortError);
});

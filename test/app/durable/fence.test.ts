import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fencedFetch, leaseFence } from '../../../app/durable/fence.ts';
import { PortError } from '../../../flows/ports.ts';

const at = (monotonic: number, wall = monotonic) => ({ monotonic, wall });

function open(fence: { check(): void }): boolean {
  try {
    fence.check();
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(PortError);
    expect(error).toMatchObject({ code: 'unavailable' });
    return false;
  }
}

describe('the fence of a lease', () => {
  test('is closed until the lease begins', () => {
    expect(open(leaseFence(() => at(0)))).toBe(false);
  });

  test.each([
    ['before its end', at(1_099, 5_099), true],
    ['at its end', at(1_100, 5_099), false],
    ['after the machine slept, where one clock stood still', at(1_001, 9_000), false],
    ['when somebody set the wall clock back', at(2_000, 4_000), false],
  ])('%s', (_, now, expected) => {
    let clock = at(1_000, 5_000);
    const fence = leaseFence(() => clock);
    fence.extend(clock, 100);
    clock = now;
    expect(open(fence)).toBe(expected);
  });

  test('stays closed once it was closed', () => {
    const fence = leaseFence(() => at(0));
    fence.extend(at(0), 100);
    fence.close();
    fence.extend(at(0), 100);
    expect(open(fence)).toBe(false);
  });
});

describe('a request', () => {
  const asked: string[] = [];
  const inner: typeof globalThis.fetch = async (input, init) => {
    asked.push(`${init?.method ?? 'GET'} ${String(input)}`);
    return new Response('there');
  };
  const fence = leaseFence(() => at(0));
  const fetch = fencedFetch(fence, inner);

  test.each([
    ['GET', 'https://api.github.com/user'],
    ['HEAD', 'https://api.github.com/user'],
    ['POST', 'https://github.com/acme/flights.git/git-upload-pack'],
  ])('that only reads goes out without a lease: %s %s', async (method, url) => {
    await fetch(url, { method });
    expect(asked.at(-1)).toBe(`${method} ${url}`);
  });

  test.each([
    ['POST', 'https://api.github.com/repos/acme/flights/check-runs'],
    ['PATCH', 'https://api.github.com/repos/acme/flights/issues/comments/1'],
    ['DELETE', 'https://api.github.com/repos/acme/flights/git/refs/heads/x'],
    ['POST', 'https://github.com/acme/flights.git/git-receive-pack'],
  ])('that writes goes out with one, and not without: %s %s', async (method, url) => {
    const before = asked.length;
    await expect(fetch(url, { method })).rejects.toMatchObject({ code: 'unavailable' });
    await expect(fetch(new Request(url, { method }))).rejects.toMatchObject({ code: 'unavailable' });
    expect(asked).toHaveLength(before);
    const held = leaseFence(() => at(0));
    held.extend(at(0), 100);
    await fencedFetch(held, inner)(url, { method });
    expect(asked.at(-1)).toBe(`${method} ${url}`);
  });
});

test('at the end, what was sent is waited for until it is answered, and not for ever', async () => {
  const answer = Promise.withResolvers<Response>();
  const fence = leaseFence(() => at(0));
  fence.extend(at(0), 100);
  const sent = fencedFetch(fence, () => answer.promise)('https://api.github.com/x', { method: 'POST' });
  fence.close();
  await fence.answered(1);
  const order: string[] = [];
  const ended = fence.answered(60_000).then(() => order.push('ended'));
  sent.then(() => order.push('answered'));
  answer.resolve(new Response('done'));
  await ended;
  expect(order).toEqual(['answered', 'ended']);
});

describe('a request on its way', () => {
  const got: string[] = [];
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      got.push(`${request.method} ${request.url}`);
      response.end('done');
    });
  });
  let url: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address !== 'object') throw new Error('expected an address');
    url = `http://127.0.0.1:${address.port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test.each(['on a new connection', 'on one that is there'])(
    'is not written when the lease ran out meanwhile, %s',
    async (how) => {
      const fence = leaseFence(() => at(0));
      fence.extend(at(0), 100);
      const path = `/${how.replaceAll(' ', '-')}`;
      const sending = fencedFetch(fence)(url + path, { method: 'POST', body: 'x' });
      fence.close();
      await expect(sending).rejects.toMatchObject({ cause: { code: 'unavailable' } });
      const held = leaseFence(() => at(0));
      held.extend(at(0), 100);
      const answer = await fencedFetch(held)(`${url}/after`, { method: 'POST', body: 'x' });
      expect(await answer.text()).toBe('done');
      expect(got.at(-1)).toBe('POST /after');
      expect(got).not.toContain(`POST ${path}`);
    },
  );
});

import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Listening, listen } from '../../../app/http/server.ts';

const KIB = 1024;
let server: Listening;
let url: string;
const open: ClientRequest[] = [];

beforeEach(async () => {
  const handle = async ({ body }: { body(limit: number): Promise<Buffer | null> }) => {
    const read = await body(100 * KIB);
    return read === null ? { status: 413, body: 'too large' } : { status: 200, body: String(read.length) };
  };
  const limits = { first: 64 * KIB, beyond: 80 * KIB, part: 16 * KIB };
  server = await listen(
    [{ method: 'POST', path: /^\/$/, handle }],
    { host: '127.0.0.1', port: 0 },
    { info() {}, error() {} },
    limits,
  );
  url = `http://127.0.0.1:${server.port}/`;
});
afterEach(async () => {
  for (const one of open.splice(0)) one.destroy();
  await server.close();
});

const post = async (bytes: number) => {
  const answer = await fetch(url, { method: 'POST', body: 'x'.repeat(bytes) });
  return [answer.status, (await answer.text()).trim()];
};

/** A body of which all but the last byte is sent. */
function slowly(bytes: number): ClientRequest {
  const sent = request(url, { method: 'POST', headers: { 'content-length': bytes } });
  sent.on('error', () => {});
  sent.write('x'.repeat(bytes - 1));
  open.push(sent);
  return sent;
}

describe('request bodies', () => {
  test('are read up to the limit of their endpoint, and answered with 413 beyond it', async () => {
    expect(await post(60 * KIB)).toEqual([200, String(60 * KIB)]);
    expect(await post(101 * KIB)).toEqual([413, 'too large']);
  });

  test('are refused with 503 while too many bytes of others are held, and taken again after that', async () => {
    const held = [slowly(70 * KIB), slowly(20 * KIB)];
    await vi.waitFor(async () => expect((await post(80 * KIB))[0]).toBe(503), { timeout: 10_000, interval: 20 });
    const answers = held.map((one) => once(one, 'response'));
    for (const one of held) one.end('x');
    for (const [response] of await Promise.all(answers)) await text(response);
    expect(await post(80 * KIB)).toEqual([200, String(80 * KIB)]);
  });

  test('that are small get in beside large ones that come slowly', async () => {
    slowly(95 * KIB);
    await vi.waitFor(async () => expect((await post(60 * KIB))[0]).toBe(503), { timeout: 10_000, interval: 20 });
    expect(await post(10 * KIB)).toEqual([200, String(10 * KIB)]);
  });

  test('of which the connection broke are not held any more', async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      const broken = slowly(60 * KIB);
      await once(broken, 'socket');
      broken.destroy();
    }
    await vi.waitFor(async () => expect(await post(90 * KIB)).toEqual([200, String(90 * KIB)]), {
      timeout: 10_000,
      interval: 20,
    });
  });
});

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { startWorld, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.close();
  expect(world.problems.filter((line) => line.startsWith('internal error'))).toEqual([]);
});

const MEDIA_TYPE = 'application/vnd.git-lfs+json';
const TEXT = 'id\n1\n';
const object = (text: string) => ({
  oid: createHash('sha256').update(text).digest('hex'),
  size: Buffer.byteLength(text),
});
const Answer = z.looseObject({
  objects: z.array(
    z.looseObject({
      actions: z.record(z.string(), z.looseObject({ href: z.string() })).optional(),
      error: z.looseObject({ code: z.number() }).optional(),
    }),
  ),
});

async function batch(operation: string, text: string, token: string | undefined) {
  const authorization = token === undefined ? undefined : `Basic ${Buffer.from(`x:${token}`).toString('base64')}`;
  const { owner, repo } = world.at;
  const response = await fetch(`${world.github.urls.git(owner, repo)}/info/lfs/objects/batch`, {
    method: 'POST',
    headers: {
      accept: MEDIA_TYPE,
      'content-type': MEDIA_TYPE,
      ...(authorization === undefined ? {} : { authorization }),
    },
    body: JSON.stringify({ operation, transfers: ['basic'], objects: [object(text)] }),
  });
  const body: unknown = await response.json();
  const [first] = response.ok ? Answer.parse(body).objects : [];
  return { status: response.status, href: first?.actions?.[operation]?.href, error: first?.error?.code };
}

const put = (href: string, body: string): Promise<Response> => fetch(href, { method: 'PUT', body });

test('an object is uploaded by whoever may write, and downloaded by whoever may read', async () => {
  const { href = '' } = await batch('upload', TEXT, world.ada.token);
  expect((await put(href, TEXT)).status).toBe(200);
  const found = await batch('download', TEXT, undefined);
  expect(await (await fetch(found.href ?? '')).text()).toBe(TEXT);
  expect(await batch('upload', TEXT, world.ada.token)).toMatchObject({ status: 200, href: undefined });
});

test('an object that is not there has its own error', async () => {
  expect(await batch('download', 'nothing', world.ada.token)).toMatchObject({ status: 200, error: 404 });
});

test.each([
  ['nobody', undefined, 401],
  ['a stranger', 'eve', 403],
] as const)('%s uploads nothing', async (_what, who, status) => {
  expect(await batch('upload', 'x', who === undefined ? undefined : world[who].token)).toMatchObject({ status });
});

test('other bytes than the object’s are refused', async () => {
  const { href = '' } = await batch('upload', 'mine', world.ada.token);
  expect((await put(href, 'yours')).status).toBe(422);
});

test('an address is good for what it was given for', async () => {
  const { href = '' } = await batch('upload', 'other', world.ada.token);
  expect((await fetch(href)).status).toBe(405);
  expect((await fetch(href.replace('operation=upload', 'operation=download'))).status).toBe(403);
  expect(
    (
      await put(
        href.replace(/_lfs\/\d+\/../, (text) => `${text.slice(0, -2)}00`),
        'other',
      )
    ).status,
  ).toBe(403);
});

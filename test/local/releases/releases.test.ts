import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failure, startWorld, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.close();
  expect(world.problems).toEqual([]);
  world.judge.assertClean();
});

const release = (tag_name: string, more: Record<string, unknown> = {}) =>
  world.app.octokit.rest.repos.createRelease({ ...world.at, tag_name, ...more });

test('a release makes its tag, which is pushed as any other', async () => {
  const { data } = await release('flight-delay@v1.0.0', { name: 'Flight delay 1.0.0', body: 'notes' });
  expect(data).toMatchObject({ draft: false, author: { login: 'trainyard[bot]' }, body: 'notes' });
  const ref = await world.app.octokit.rest.git.getRef({ ...world.at, ref: 'tags/flight-delay@v1.0.0' });
  expect(ref.data.object.sha).toBe(world.main);
  await world.github.settled();
  expect(world.receiver.events('create').at(-1)?.payload).toMatchObject({
    ref: 'flight-delay@v1.0.0',
    ref_type: 'tag',
  });
  const byTag = await world.ada.octokit.rest.repos.getReleaseByTag({ ...world.at, tag: 'flight-delay@v1.0.0' });
  expect(byTag.data.id).toBe(data.id);
});

test('a tag has one release', async () => {
  await release('once');
  expect(await failure(release('once'))).toMatchObject({
    status: 422,
    message: expect.stringContaining('already_exists'),
  });
});

test('a draft makes no tag until it is published, and strangers do not see it', async () => {
  const { data } = await release('later', { draft: true });
  const tag = { ...world.at, ref: 'tags/later' };
  expect((await failure(world.app.octokit.rest.git.getRef(tag))).status).toBe(404);
  expect((await failure(world.eve.octokit.rest.repos.getRelease({ ...world.at, release_id: data.id }))).status).toBe(
    404,
  );
  await world.app.octokit.rest.repos.updateRelease({ ...world.at, release_id: data.id, draft: false });
  expect((await world.app.octokit.rest.git.getRef(tag)).data.object.sha).toBe(world.main);
});

test('an asset comes back byte for byte under its digest', async () => {
  const { data } = await release('with-asset');
  const bytes = Buffer.from([0, 255, 1, 254, 0x7b]);
  const at = { ...world.at, release_id: data.id, name: 'model package.tar' };
  // The client's type says text; its documentation says that bytes are passed in this way.
  const uploaded = await world.app.octokit.rest.repos.uploadReleaseAsset({
    ...at,
    baseUrl: world.github.urls.uploads,
    data: bytes as unknown as string,
    headers: { 'content-type': 'application/x-tar', 'content-length': bytes.length },
  });
  expect(uploaded.data).toMatchObject({
    name: 'model.package.tar',
    size: 5,
    content_type: 'application/x-tar',
    digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
  });
  const read = await fetch(uploaded.data.url, {
    headers: { accept: 'application/octet-stream', authorization: `Bearer ${world.ada.token}` },
  });
  expect(Buffer.from(await read.arrayBuffer())).toEqual(bytes);
  const browser = await fetch(uploaded.data.browser_download_url.replace('github.localhost', '127.0.0.1'));
  expect(Buffer.from(await browser.arrayBuffer())).toEqual(bytes);
  const again = world.app.octokit.rest.repos.getRelease({ ...world.at, release_id: data.id });
  expect((await again).data.assets.map((one) => [one.name, one.download_count])).toEqual([['model.package.tar', 2]]);
});

test('the upload address that a release gives works as it is', async () => {
  const { data } = await release('upload-url');
  const url = data.upload_url.replace('{?name,label}', '?name=notes.json');
  const send = (token: string): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      body: '{"a": 1',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
  expect((await send(world.eve.token)).status).toBe(403);
  expect((await send(world.app.token)).status).toBe(201);
  expect((await send(world.app.token)).status).toBe(422);
});

test('the newest release that is neither draft nor prerelease is the latest', async () => {
  await release('newest');
  await release('newer-but-pre', { prerelease: true });
  expect((await world.ada.octokit.rest.repos.getLatestRelease(world.at)).data.tag_name).toBe('newest');
});

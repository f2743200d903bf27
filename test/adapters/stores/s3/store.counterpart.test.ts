import { afterAll, beforeAll, expect, test } from 'vitest';
import { s3Store } from '../../../../adapters/stores/s3/store.ts';
import { StoreConfig } from '../../../../core/config/policy.ts';
import { RepositoryName } from '../../../../core/names.ts';
import { isWithin, storePlace } from '../../../../core/training/store.ts';
import type { RunStore } from '../../../../flows/ports.ts';
import { runId } from '../../../core/samples.ts';
import { type Moto, startMoto } from './moto.ts';

/** moto keeps objects as S3 does, and checks neither signatures nor how long they are good for. */
let moto: Moto;
let store: RunStore;
const repository = RepositoryName.parse('Team/Planes');
const RUN = runId(1);
const config = (bucket = 'team-runs') => StoreConfig.parse({ s3: { bucket, prefix: 'ml', endpoint: moto.endpoint } });

beforeAll(async () => {
  moto = await startMoto('team-runs');
  store = s3Store({ config: config(), repository, credentials: moto.credentials });
}, 300_000);

afterAll(() => moto?.stop());

async function* pieces(...all: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* all;
}
const keys = (): Promise<readonly string[]> => moto.keys('team-runs');

test('what is written is read, and lies under the repository and the run', async () => {
  await store.write(RUN, 'inputs.tar', () => pieces(Buffer.from('in'), Buffer.from('puts')));
  expect(Buffer.from((await store.read(RUN, 'inputs.tar', 100)) ?? []).toString()).toBe('inputs');
  expect(await store.stat(RUN, 'inputs.tar')).toMatchObject({ size: 6 });
  expect(await keys()).toContain(`ml/team/planes/${RUN}/inputs.tar`);
});

test('what is not there is null', async () => {
  expect(await store.stat(RUN, 'none')).toBeNull();
  expect(await store.read(RUN, 'none', 100)).toBeNull();
});

test('what is large is read as it comes, and what is not there is gone', async () => {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.content(RUN, 'inputs.tar')) pieces.push(piece);
  expect(Buffer.concat(pieces).toString()).toBe('inputs');
  await expect(store.content(RUN, 'none')[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'gone' });
});

test('more than may be read is refused before it is', async () => {
  await store.write(RUN, 'status.json', () => pieces(Buffer.alloc(101)));
  await expect(store.read(RUN, 'status.json', 100)).rejects.toMatchObject({ code: 'too_large' });
});

test('what is larger than a part arrives whole, in odd pieces', async () => {
  const piece = Buffer.alloc(7 * 2 ** 20 + 1, 'x');
  await store.write(RUN, 'large.tar', () => pieces(piece, piece, piece, Buffer.from('end')));
  expect(await store.stat(RUN, 'large.tar')).toMatchObject({ size: 3 * piece.length + 3 });
  const { url } = await store.sign(RUN, 'large.tar', 'GET', 60);
  const end = await fetch(url, { headers: { range: 'bytes=-3' } });
  expect(await end.text()).toBe('end');
});

test('what breaks off while it is written leaves nothing', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(17 * 2 ** 20);
    throw new Error('the source broke off');
  }
  await expect(store.write(RUN, 'broken.tar', broken)).rejects.toThrow();
  expect(await store.stat(RUN, 'broken.tar')).toBeNull();
  expect(await (await fetch(`${moto.endpoint}/team-runs?uploads`)).text()).not.toContain('<Upload>');
});

test('a signed address takes what is put there, within the place of the repository', async () => {
  const put = await store.sign(RUN, 'attempt-1/output.tar', 'PUT', 60);
  const get = await store.sign(RUN, 'attempt-1/output.tar', 'GET', 60);
  for (const { url } of [put, get]) expect(isWithin(storePlace(config(), repository), url)).toBe(true);
  expect((await fetch(put.url, { method: 'PUT', headers: put.headers, body: 'model' })).status).toBe(200);
  expect(await (await fetch(get.url, { headers: get.headers })).text()).toBe('model');
  expect(new URL(get.url).searchParams.get('X-Amz-Expires')).toBe('60');
});

test.each(['../other', '/etc', 'a//b', ''])('the name %j is refused', async (name) => {
  await expect(store.sign(RUN, name, 'GET', 60)).rejects.toMatchObject({ code: 'malformed' });
});

test('removing a run takes all of it and nothing of another', async () => {
  await store.write(runId(2), 'kept', () => pieces(Buffer.from('x')));
  await store.remove(RUN);
  expect(await keys()).toEqual([`ml/team/planes/${runId(2)}/kept`]);
});

test('removing a run leaves what is to be kept of it', async () => {
  for (const name of ['attempt-1/output.tar', 'checkpoint.tar', 'inputs.tar'])
    await store.write(runId(3), name, () => pieces(Buffer.from('x')));
  await store.remove(runId(3), ['attempt-1/output.tar']);
  await store.remove(runId(3), ['attempt-1/output.tar']);
  const left = (await keys()).filter((key) => key.includes(runId(3)));
  expect(left).toEqual([`ml/team/planes/${runId(3)}/attempt-1/output.tar`]);
});

test('a bucket that is not there is said to be missing', async () => {
  const other = s3Store({ config: config('no-such-bucket'), repository, credentials: moto.credentials });
  await expect(other.write(RUN, 'a', () => pieces(Buffer.from('x')))).rejects.toMatchObject({ code: 'not_found' });
});

test('a store that is not there is unavailable', async () => {
  const gone = StoreConfig.parse({ s3: { bucket: 'team-runs', endpoint: 'http://127.0.0.1:1' } });
  const other = s3Store({ config: gone, repository, credentials: moto.credentials });
  await expect(other.stat(RUN, 'a')).rejects.toMatchObject({ code: 'unavailable' });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answersLikeKubernetes } from '../../adapters/engines/kubernetes/likeness.ts';
import { APP_TOKEN, type FakeKubernetes, startFakeKubernetes } from './server.ts';

const CORE = '/api/v1/namespaces/trainyard-runs';
const JOBS = '/apis/batch/v1/namespaces/trainyard-runs/jobs';
let server: FakeKubernetes;

beforeAll(async () => {
  server = await startFakeKubernetes();
});
afterAll(() => server.close());

const ask = (method: string, path: string): Promise<Response> =>
  fetch(`${server.url}${path}`, { method, headers: { authorization: `Bearer ${APP_TOKEN}` } });

describe('the API server of everyday tests', () => {
  answersLikeKubernetes(() => ({ url: server.url, token: APP_TOKEN }));

  test('answered all of this as Kubernetes describes it', () => {
    expect(server.broken).toEqual([]);
  });

  test.each([
    ['a path that is not described', 'GET', '/apis/apps/v1/namespaces/trainyard-runs/deployments'],
    ['a method that is not described', 'PUT', `${JOBS}/some`],
    ['a watch', 'GET', `${CORE}/pods?watch=true`],
    ['a list from an earlier version on', 'GET', `${CORE}/pods?resourceVersion=5`],
    ['a selector by a set', 'GET', `${CORE}/pods?labelSelector=a%20in%20(b)`],
  ])('serves no %s, and says so', async (_, method, path) => {
    expect((await ask(method, path)).status).toBe(501);
  });

  test('refuses a query that no server would know', async () => {
    expect((await ask('GET', `${CORE}/pods?lables=a`)).status).toBe(400);
  });

  test('notes an answer of its own that breaks the description', async () => {
    const other = await startFakeKubernetes();
    const { objects } = other;
    objects.change(objects.get('namespaces', 'trainyard-runs'), (it) => {
      it.spec = { finalizer: ['misspelt'] };
    });
    await other.ask('GET', CORE);
    await other.close();
    expect(other.broken).toEqual([expect.stringContaining('finalizer')]);
  });
});

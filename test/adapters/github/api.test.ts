import { Octokit } from 'octokit';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { githubApi, type Requester } from '../../../adapters/github/api.ts';
import { retryAfterSeconds } from '../../../adapters/github/errors.ts';

const Thing = z.object({ value: z.int() });
const ROUTE = 'GET /repos/{owner}/{repo}/thing';

/** A real Octokit over a wire that answers what it is told. */
function apiOver(answer: (request: Request) => Response | Promise<Response>) {
  const requests: Request[] = [];
  const octokit = new Octokit({
    throttle: { enabled: false },
    retry: { enabled: false },
    request: {
      fetch: async (url: string, init: RequestInit) => {
        const request = new Request(url, init);
        requests.push(request);
        return answer(request);
      },
    },
  });
  const requester: Requester = { request: (route, parameters) => octokit.request(route, parameters) };
  return { requests, api: githubApi({ octokit: requester, repository: { owner: 'o', repo: 'r' } }) };
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  Response.json(body, { status, headers });

describe('an answer', () => {
  test('of the documented shape is returned, without the fields that nobody reads', async () => {
    const { api, requests } = apiOver(() => json({ value: 1, more: 'x' }));
    expect(await api.get(ROUTE, {}, Thing)).toEqual({ value: 1 });
    expect(requests[0]?.headers.get('x-github-api-version')).toBe('2022-11-28');
  });

  test('of another shape is malformed, and the message names the field', async () => {
    const { api } = apiOver(() => json({ value: 'one' }));
    const message = expect.stringContaining('value');
    await expect(api.get(ROUTE, {}, Thing)).rejects.toMatchObject({ code: 'malformed', message });
  });

  test('that is unchanged by its ETag is taken from memory', async () => {
    const { api, requests } = apiOver((request) =>
      request.headers.get('if-none-match') === '"1"'
        ? new Response(null, { status: 304 })
        : json({ value: 5 }, 200, { etag: '"1"' }),
    );
    expect(await api.get(ROUTE, {}, Thing)).toEqual({ value: 5 });
    expect(await api.get(ROUTE, {}, Thing)).toEqual({ value: 5 });
    expect(requests).toHaveLength(2);
  });

  test('that is as large as people can make it is not kept in memory', async () => {
    const large = { value: 5, more: 'x'.repeat(5_000_000) };
    const { api, requests } = apiOver(() => json(large, 200, { etag: '"1"' }));
    await api.get(ROUTE, {}, Thing);
    await api.get(ROUTE, {}, Thing);
    expect(requests.map(({ headers }) => headers.get('if-none-match'))).toEqual([null, null]);
  });

  test('of several pages is read to the last', async () => {
    const { api } = apiOver((request) => {
      const page = Number(new URL(request.url).searchParams.get('page'));
      return json([{ value: page }], 200, page < 3 ? { link: '<https://api.github.com/x?page=2>; rel="next"' } : {});
    });
    expect(await api.list(ROUTE, {}, z.array(Thing))).toEqual([{ value: 1 }, { value: 2 }, { value: 3 }]);
  });

  test('with more pages than allowed is an error, not a part', async () => {
    const { api } = apiOver(() => json([], 200, { link: '<https://api.github.com/x?page=2>; rel="next"' }));
    await expect(api.list(ROUTE, {}, z.array(Thing), 2)).rejects.toMatchObject({ code: 'too_large' });
  });
});

describe('a failure', () => {
  test.each([
    [401, {}, 'forbidden'],
    [403, {}, 'forbidden'],
    [403, { 'x-ratelimit-remaining': '0' }, 'rate_limited'],
    [403, { 'retry-after': '60' }, 'rate_limited'],
    [429, {}, 'rate_limited'],
    [404, {}, 'not_found'],
    [409, {}, 'conflict'],
    [410, {}, 'gone'],
    [413, {}, 'too_large'],
    [422, {}, 'malformed'],
    [500, {}, 'unavailable'],
    [501, {}, 'malformed'],
    [503, {}, 'unavailable'],
  ])('with status %i and headers %j is %s', async (status, headers, code) => {
    const { api } = apiOver(() => json({ message: 'no' }, status, headers));
    await expect(api.get(ROUTE, {}, Thing)).rejects.toMatchObject({ name: 'PortError', code });
  });

  test('of the network is unavailable', async () => {
    const { api } = apiOver(() => Promise.reject(new TypeError('fetch failed')));
    await expect(api.get(ROUTE, {}, Thing)).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('to find something is null for 404 only', async () => {
    expect(await apiOver(() => json({ message: 'no' }, 404)).api.find(ROUTE, {}, Thing)).toBeNull();
    await expect(apiOver(() => json({ message: 'no' }, 403)).api.find(ROUTE, {}, Thing)).rejects.toMatchObject({
      code: 'forbidden',
    });
  });

  test('to get a token never reads as "not there"', async () => {
    const url = 'https://api.github.com/app/installations/1/access_tokens';
    const failure = Object.assign(new Error('Not Found'), { status: 404, request: { url } });
    const octokit: Requester = { request: () => Promise.reject(failure) };
    const api = githubApi({ octokit, repository: { owner: 'o', repo: 'r' } });
    await expect(api.find(ROUTE, {}, Thing)).rejects.toMatchObject({ code: 'forbidden' });
  });

  test.each([
    [{ 'retry-after': '30' }, 30],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1060' }, 60],
    [{}, null],
  ])('with headers %j asks to wait %s seconds', async (headers, seconds) => {
    const { api } = apiOver(() => json({ message: 'secondary rate limit' }, 403, headers));
    const error = await api.get(ROUTE, {}, Thing).catch((thrown: unknown) => thrown);
    expect(retryAfterSeconds(error, 1_000_000)).toBe(seconds);
  });
});

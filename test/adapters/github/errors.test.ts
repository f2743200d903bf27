import { Octokit } from 'octokit';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { githubApi } from '../../../adapters/github/api.ts';

/** GitHub at the wire: each request has this answer. */
function answering(status: number, body: string, type = 'application/json; charset=utf-8') {
  const octokit = new Octokit({
    ...{ throttle: { enabled: false }, retry: { enabled: false } },
    request: { fetch: async () => new Response(body, { status, headers: { 'content-type': type } }) },
  });
  const api = githubApi({
    octokit: { request: (route, parameters) => octokit.request(route, parameters) },
    repository: { owner: 'o', repo: 'r' },
  });
  return api.send('POST /repos/{owner}/{repo}/releases', {}, z.object({}));
}

const TAKEN = JSON.stringify({
  message: 'Validation Failed',
  errors: [{ resource: 'Release', code: 'already_exists' }],
});
const LIMITED = JSON.stringify({ message: 'You have exceeded a secondary rate limit. Please wait.' });

describe('a request that GitHub refuses', () => {
  test.each([
    [422, TAKEN, 'malformed'],
    [403, LIMITED, 'rate_limited'],
    [403, JSON.stringify({ message: 'Resource not accessible by integration' }), 'forbidden'],
  ])('with %i and its reason means what the reason says', async (status, body, code) => {
    await expect(answering(status, body)).rejects.toMatchObject({ code });
  });

  test.each([
    [422, TAKEN],
    [403, LIMITED],
  ])('with %i and a reason that was cut off is asked again', async (status, body) => {
    for (const length of [0, 1, body.length >> 1, body.length - 1])
      await expect(answering(status, body.slice(0, length))).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('by a proxy, with a page that is no JSON, is refused', async () => {
    await expect(answering(403, '<h1>Forbidden</h1>', 'text/html')).rejects.toMatchObject({ code: 'forbidden' });
  });
});

import { Octokit } from 'octokit';
import { expect, test } from 'vitest';
import type { Budget } from '../../../app/metrics/budget.ts';
import type { GithubRequest } from '../../../app/metrics/metrics.ts';
import { counted } from '../../../app/metrics/requests.ts';

const budget = { 'x-ratelimit-limit': '5000', 'x-ratelimit-reset': '1700000000' };

/** What is counted of one request that a server answers like this; null: it hangs up. */
async function countedOf(answer: { status: number; headers: Record<string, string>; message?: string } | null) {
  const requests: GithubRequest[] = [];
  const budgets: [number, Budget][] = [];
  const fetch = async () => {
    if (answer === null) throw new TypeError('fetch failed');
    return new Response(JSON.stringify({ message: answer.message }), {
      ...answer,
      headers: { 'content-type': 'application/json', ...answer.headers },
    });
  };
  const octokit = new Octokit({ request: { fetch }, retry: { enabled: false }, throttle: { enabled: false } });
  const requester = counted({ request: (route, parameters) => octokit.request(route, parameters) }, 7, {
    request: (one) => requests.push(one),
    budget: (installation, one) => budgets.push([installation, one]),
  });
  await requester.request('GET /repos/{owner}/{repo}', { owner: 'ada', repo: 'delay' }).catch(() => {});
  return { requests, budgets };
}

test.each([
  ['an answer', { status: 200, headers: {} }, 200, false],
  ['a refusal', { status: 403, headers: {} }, 403, false],
  ['a refusal with nothing left', { status: 403, headers: { 'x-ratelimit-remaining': '0' } }, 403, true],
  ['a secondary limit', { status: 429, headers: { 'retry-after': '60' } }, 429, true],
  [
    'a secondary limit that names no time',
    { status: 403, headers: {}, message: 'You have exceeded a secondary rate limit' },
    403,
    true,
  ],
  ['maintenance', { status: 503, headers: { 'retry-after': '60' } }, 503, false],
  ['no answer', null, null, false],
])('%s is counted by its route as our code writes it', async (_, answer, status, limited) => {
  const { requests } = await countedOf(answer);
  expect(requests).toEqual([{ route: 'GET /repos/{owner}/{repo}', installation: 7, status, limited }]);
});

test.each([200, 403])('what is left is read from an answer of status %i', async (status) => {
  const { budgets } = await countedOf({ status, headers: { ...budget, 'x-ratelimit-remaining': '3' } });
  expect(budgets).toEqual([[7, { remaining: 3, limit: 5000, reset: 1_700_000_000 }]]);
});

import { describe, expect, test } from 'vitest';
import type { Requester } from '../../../adapters/github/api.ts';
import { installation } from '../../../adapters/github/installation.ts';

type Answer = Awaited<ReturnType<Requester['request']>>;

/** An Octokit that keeps what it was answered, and asks anew only when told to. */
function octokitWith(answers: readonly unknown[], refused: ReadonlySet<string>) {
  const left = [...answers];
  let kept: unknown;
  const asked: boolean[] = [];
  const sent: string[] = [];
  return {
    asked,
    sent,
    async auth({ refresh }: Readonly<Record<string, unknown>>): Promise<unknown> {
      if (kept === undefined || refresh === true) {
        asked.push(refresh === true);
        const answer = left.shift();
        if (answer instanceof Error) throw answer;
        kept = answer;
      }
      return kept;
    },
    async request(route: string): Promise<Answer> {
      const token = String(Object(kept).token);
      sent.push(`${route} ${token}`);
      if (refused.has(token)) throw Object.assign(new Error('Bad credentials'), { status: 401 });
      return { status: 200, headers: {}, data: token, url: '' };
    },
  };
}

const token = (value: string) => ({ type: 'token', token: value });

describe('an installation', () => {
  test('asks for another token when GitHub refuses the one it holds, and sends the request again', async () => {
    const octokit = octokitWith([token('old'), token('new')], new Set(['old']));
    expect(await installation(octokit, 1).request('GET /x')).toMatchObject({ data: 'new' });
    expect(octokit.sent).toEqual(['GET /x old', 'GET /x new']);
  });

  test('does so once for all requests that were refused together', async () => {
    const octokit = octokitWith([token('old'), token('new')], new Set(['old']));
    const { request } = installation(octokit, 1);
    await Promise.all([request('GET /x'), request('GET /y'), request('GET /z')]);
    expect(octokit.asked).toEqual([false, true]);
  });

  test('is to be tried again later when the other one, just given, is refused, too', async () => {
    const octokit = octokitWith([token('old'), token('new')], new Set(['old', 'new']));
    await expect(installation(octokit, 1).request('GET /x')).rejects.toMatchObject({ code: 'unavailable' });
    expect(octokit.sent).toHaveLength(2);
  });

  test('gives git another token than the refused one, and the held one where that is another already', async () => {
    const octokit = octokitWith([token('old'), token('new')], new Set());
    const { token: get } = installation(octokit, 1);
    expect([await get(), await get('old'), await get('old'), await get()]).toEqual(['old', 'new', 'new', 'new']);
  });

  test('does not keep an answer that was cut off and has no token', async () => {
    const octokit = octokitWith([{}, {}, token('whole')], new Set());
    const { token: get } = installation(octokit, 1);
    await expect(get()).rejects.toMatchObject({ code: 'unavailable' });
    expect(await get()).toBe('whole');
  });

  test('says what it means when GitHub gives none', async () => {
    const away = octokitWith([Object.assign(new Error('Bad Gateway'), { status: 502 })], new Set());
    await expect(installation(away, 1).token()).rejects.toMatchObject({ code: 'unavailable' });
  });
});

import { Octokit } from 'octokit';
import { describe, expect, test } from 'vitest';
import { githubApi } from '../../../adapters/github/api.ts';
import { dispatchOnce, holds } from '../../../adapters/github/dispatch.ts';

interface Wire {
  /** A workflow run with the mark that was lost. */
  readonly after?: number;
  /** Titles of runs, newest first, at each listing. */
  readonly listings: readonly (readonly string[])[];
  /** Who dispatched them; the App unless told. */
  readonly actor?: string;
  /** Answers to dispatches, in order. */
  readonly dispatches: readonly Response[];
}

function dispatchOver({ listings, dispatches, actor = 'app[bot]', after = 0 }: Wire) {
  const lists = [...listings];
  const answers = [...dispatches];
  const bodies: unknown[] = [];
  const octokit = new Octokit({
    throttle: { enabled: false },
    retry: { enabled: false },
    request: {
      fetch: async (_url: string, init: RequestInit) => {
        if (init.method === 'POST') {
          bodies.push(JSON.parse(String(init.body)));
          return answers.shift();
        }
        const titles = lists.length > 1 ? (lists.shift() ?? []) : (lists[0] ?? []);
        const runs = titles.map((title, index) => ({
          id: 100 - index,
          display_title: title,
          html_url: `u${100 - index}`,
          actor: { login: actor },
        }));
        return Response.json({ workflow_runs: runs });
      },
    },
  });
  const api = githubApi({
    octokit: { request: (route, parameters) => octokit.request(route, parameters) },
    repository: { owner: 'o', repo: 'r' },
  });
  const asked = {
    workflow: 'w.yml',
    inputs: { a: '1' },
    mark: 'train A',
    since: null,
    after,
    branch: 'exec',
    self: 'app[bot]',
    wait: async () => {},
    effects: null,
  };
  return { bodies, dispatch: () => dispatchOnce(api, asked) };
}

const empty = () => new Response(null, { status: 204 });

describe('a dispatch', () => {
  test('is not sent when a run with the mark exists; the oldest counts', async () => {
    const { bodies, dispatch } = dispatchOver({ listings: [['train B', 'train A', 'x train A']], dispatches: [] });
    expect(await dispatch()).toEqual({ id: 98, url: 'u98' });
    expect(bodies).toEqual([]);
  });

  test('is not taken for a run with the mark that somebody else dispatched, whose inputs are theirs', async () => {
    const details = Response.json({ workflow_run_id: 101, run_url: 'r', html_url: 'h' });
    const { bodies, dispatch } = dispatchOver({ listings: [['train A']], dispatches: [details], actor: 'mallory' });
    expect(await dispatch()).toEqual({ id: 101, url: 'h' });
    expect(bodies).toHaveLength(1);
  });

  test('is sent again after a run that was lost, and once', async () => {
    const details = Response.json({ workflow_run_id: 101, run_url: 'r', html_url: 'h' });
    const lost = dispatchOver({ listings: [['train A']], dispatches: [details], after: 100 });
    expect(await lost.dispatch()).toEqual({ id: 101, url: 'h' });
    const again = dispatchOver({ listings: [['train A', 'train A']], dispatches: [], after: 99 });
    expect(await again.dispatch()).toEqual({ id: 100, url: 'u100' });
  });

  test('returns the run that GitHub names', async () => {
    const details = Response.json({ workflow_run_id: 7, run_url: 'r', html_url: 'h' });
    const { bodies, dispatch } = dispatchOver({ listings: [[]], dispatches: [details] });
    expect(await dispatch()).toEqual({ id: 7, url: 'h' });
    expect(bodies).toEqual([{ ref: 'exec', inputs: { a: '1' }, return_run_details: true }]);
  });

  test('looks for its run when GitHub takes it on without naming it', async () => {
    const { dispatch } = dispatchOver({ listings: [[], [], ['train A']], dispatches: [empty()] });
    expect(await dispatch()).toEqual({ id: 100, url: 'u100' });
  });

  test('leaves the field out for a server that refuses it', async () => {
    const refused = Response.json({ message: 'unknown field' }, { status: 400 });
    const { bodies, dispatch } = dispatchOver({ listings: [[], ['train A']], dispatches: [refused, empty()] });
    expect(await dispatch()).toEqual({ id: 100, url: 'u100' });
    expect(bodies).toHaveLength(2);
    expect(bodies[1]).toEqual({ ref: 'exec', inputs: { a: '1' } });
  });

  test('whose run does not appear is to be tried again', async () => {
    const { dispatch } = dispatchOver({ listings: [[]], dispatches: [empty()] });
    await expect(dispatch()).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('that GitHub finds invalid is not tried again', async () => {
    const invalid = Response.json({ message: "Workflow does not have 'workflow_dispatch' trigger" }, { status: 422 });
    const { dispatch } = dispatchOver({ listings: [[]], dispatches: [invalid] });
    await expect(dispatch()).rejects.toMatchObject({ code: 'malformed' });
  });
});

test.each([
  ['trainyard train A', true],
  ['train A', true],
  ['train AB', false],
  ['xtrain A', false],
])('the title %j holds the mark as whole words: %s', (title, expected) => {
  expect(holds(title, 'train A')).toBe(expected);
});

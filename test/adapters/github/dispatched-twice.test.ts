import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Effect, Effects } from '../../../adapters/github/effects.ts';
import { githubPorts } from '../../../adapters/github/ports.ts';
import { keyedTurns } from '../../../adapters/github/turns.ts';

/** What two processes remember together; asking takes a moment. */
function memory(): Effects {
  const known = new Map<string, Effect>();
  return {
    async find(mark) {
      await wait(5);
      return known.get(mark) ?? null;
    },
    begin: async (mark) => void known.set(mark, { kind: 'begun' }),
    made: async (mark, { id, url = '', state = '' }) => void known.set(mark, { kind: 'made', id, url, state }),
    isComplete: async () => true,
  };
}

test('what two flows dispatch at once is dispatched once, and both are told of it', async () => {
  const sent: string[] = [];
  const effects = memory();
  const turns = keyedTurns();
  const octokit = {
    async request(route: string) {
      sent.push(route);
      await wait(5);
      const data = route.startsWith('GET') ? { workflow_runs: [] } : { workflow_run_id: sent.length, html_url: 'h' };
      return { status: 200, headers: {}, data, url: '' };
    },
  };
  const git = { url: 'http://127.0.0.1:1/o/r.git', token: async () => '', now: () => new Date() };
  const process = () =>
    githubPorts({ octokit, repository: { owner: 'o', repo: 'r' }, git, self: 'app[bot]', effects, turns }).workflows;
  const asked = [process(), process()].map((one) => one.dispatch('validate.yml', {}, 'validate x', undefined));
  expect(await Promise.all(asked)).toEqual([
    { id: 2, url: 'h' },
    { id: 2, url: 'h' },
  ]);
  expect(sent.filter((route) => route.startsWith('POST'))).toHaveLength(1);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GitId } from '../../core/names.ts';
import { person } from '../../scripts/demo/people.ts';
import { OWNER, REPO, startWorld, type World } from '../adapters/github/world.ts';
import { differences, type EndState, endState, type Readable } from './end-state.ts';

interface Pass extends Readable {
  readonly world: World;
  readonly pull: number;
  readonly head: GitId;
  readonly tag: string;
}

const where = { owner: OWNER, repo: REPO };
const RUNS = ['01JD0000000000000000000001', '01JD0000000000000000000002'] as const;

/** Something of each kind, as a story would leave it behind. */
async function pass(run: string): Promise<Pass> {
  const world = await startWorld();
  const { github } = world;
  const account = github.createUser('eve');
  github.addCollaborator(github.repository(OWNER, REPO), 'eve', 'write');
  const readable = { github, team: where, ada: person({ apiUrl: github.urls.api }, account) };
  await world.commit('main', { 'README.md': 'hello\n' });
  const base = await world.ports.source.branchHead('main');
  const head = await world.commit('change', { 'train.py': `print("${run}")\n` }, String(base));
  const { rest } = readable.ada.octokit;
  const { data: pull } = await rest.pulls.create({ ...where, head: 'change', base: 'main', title: 'Change' });
  const { data: said } = await rest.issues.createComment({ ...where, issue_number: pull.number, body: '/train' });
  await world.ports.comments.react(said.id, 'eyes');
  await world.ports.comments.putSticky(
    pull.number,
    '<!-- ours -->',
    `<!-- ours -->\nrun ${run} of ${head.slice(0, 7)}`,
  );
  const about = { sha: head, externalId: 'train', title: `run ${run}, 7 s`, summary: '', name: 'train' } as const;
  await world.ports.checks.put({ ...about, status: 'completed', conclusion: 'success' });
  const tag = 'greeter@v1.0.0';
  await world.ports.tags.create({ name: tag, target: head, message: `greeter 1.0.0\n\nTrainyard-Run: ${run}` });
  await world.ports.deployments.ensure({
    ...{ mark: 'greeter#staging#1', environment: 'staging', ref: head, description: 'greeter 1.0.0' },
    payload: { run },
  });
  await rest.issues.create({ ...where, title: 'Drift', body: `since ${new Date().toISOString()}` });
  return { ...readable, world, pull: pull.number, head, tag };
}

let passes: readonly [Pass, Pass];
let first: EndState;

beforeAll(async () => {
  passes = [await pass(RUNS[0]), await pass(RUNS[1])];
  first = await endState(passes[0]);
});
afterAll(async () => {
  for (const { world } of passes ?? []) await world.close();
});

test('two passes of one story have equal end states, though no id, digest or time is', async () => {
  expect(differences(first, await endState(passes[1]))).toEqual([]);
  expect(JSON.stringify(first)).not.toMatch(/01JD|[0-9a-f]{40}|127\.0\.0\.1/);
});

/** What a crash or a second delivery might leave behind, in this order. */
const FAULTS: readonly [what: string, section: string, effect: (pass: Pass) => Promise<unknown>][] = [
  [
    'a second comment',
    'comments',
    ({ world, pull }) =>
      world.app.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
        ...{ ...where, issue_number: pull, body: `<!-- ours -->\nrun ${RUNS[1]}` },
      }),
  ],
  [
    'a second check of one name',
    'checks',
    ({ world, head }) =>
      world.app.request('POST /repos/{owner}/{repo}/check-runs', {
        ...{ ...where, name: 'train', head_sha: head, external_id: 'train' },
        ...{ status: 'completed', conclusion: 'success', output: { title: `run ${RUNS[1]}, 7 s`, summary: '' } },
      }),
  ],
  [
    'a tag too much',
    'tags',
    ({ world, head }) => world.ports.tags.create({ name: 'greeter@v1.0.1', target: head, message: 'again' }),
  ],
  [
    'a second deployment',
    'deployments',
    ({ world, head }) =>
      world.ports.deployments.ensure({
        ...{ mark: 'greeter#staging#2', environment: 'staging', ref: head, description: 'greeter 1.0.0' },
        payload: { run: RUNS[1] },
      }),
  ],
  [
    'an entry too much',
    'trainyard',
    ({ world, head }) =>
      world.ada.request('POST /repos/{owner}/{repo}/git/refs', { ...where, ref: 'refs/trainyard/ledger', sha: head }),
  ],
  [
    'a second reaction',
    'comments',
    async ({ world, pull }) => {
      const { octokit } = passes[1].ada;
      const { data } = await octokit.rest.issues.listComments({ ...where, issue_number: pull });
      await world.ports.comments.react(data[0]?.id ?? 0, 'rocket');
    },
  ],
  [
    'a second issue',
    'issues',
    () => passes[1].ada.octokit.rest.issues.create({ ...where, title: 'Drift', body: `since ${new Date().toJSON()}` }),
  ],
];

test.each(FAULTS)('%s is a difference in its section, and in no other', async (_, section, effect) => {
  const before = await endState(passes[1]);
  await effect(passes[1]);
  const found = differences(before, await endState(passes[1]));
  expect(new Set(found.map((text) => text.split(':', 1)[0]))).toEqual(new Set([section]));
});

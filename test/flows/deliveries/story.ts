import { z } from 'zod';
import type { GitId } from '../../../core/names.ts';
import type { StoryWorld } from './world.ts';

/** Something that a person or a job does, once what it waits for can be seen. */
export interface Act {
  readonly name: string;
  /** What whoever acts looks for first; absent: they don't wait. */
  readonly ready?: (scene: StoryScene) => Promise<boolean>;
  readonly act: (scene: StoryScene) => Promise<void>;
}

/** What the people of the story remember of it. */
export interface StoryScene {
  readonly world: StoryWorld;
  readonly heads: Map<string, GitId>;
  readonly comments: Map<string, number>;
}

const Numbered = z.object({ number: z.int() });
const Made = z.object({ id: z.int() });
const Checks = z.object({ check_runs: z.array(z.object({ name: z.string(), conclusion: z.string().nullable() })) });
const Names = z.array(z.object({ ref: z.string() }));

type Who = 'ada' | 'ben';

/** Pull requests by their order in the story. */
const A = 1;
const B = 2;
const C = 3;

function head({ heads }: StoryScene, branch: string): GitId {
  const found = heads.get(branch);
  if (found === undefined) throw new Error(`nobody has pushed ${branch} yet`);
  return found;
}

function pushes(
  who: string,
  branch: string,
  files: Readonly<Record<string, string>>,
  onto: 'main' | 'itself' = 'main',
): Act {
  return {
    name: `${who} pushes to ${branch}`,
    async act(scene) {
      const { world, heads } = scene;
      const parent = onto === 'main' ? await world.main() : head(scene, branch);
      heads.set(branch, await world.commit(branch, files, parent));
    },
  };
}

function opens(who: Who, branch: string, number: number): Act {
  return {
    name: `${who} opens #${number}`,
    async act({ world }) {
      const body = { ...world.where, head: branch, base: 'main', title: branch };
      const { data } = await world[who].request('POST /repos/{owner}/{repo}/pulls', body);
      if (Numbered.parse(data).number !== number) throw new Error(`expected #${number}, got ${JSON.stringify(data)}`);
    },
  };
}

function says(who: Who, number: number, key: string, words: (scene: StoryScene) => string, ready?: Act['ready']): Act {
  return {
    name: `${who} says ${key} on #${number}`,
    ...(ready === undefined ? {} : { ready }),
    async act(scene) {
      const { world, comments } = scene;
      const body = { ...world.where, issue_number: number, body: words(scene) };
      const { data } = await world[who].request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', body);
      comments.set(key, Made.parse(data).id);
    },
  };
}

/** Whether we have reacted to a comment, which its author waits for. */
function answered(key: string): NonNullable<Act['ready']> {
  return async ({ world, comments }) => {
    const route = 'GET /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions';
    const { data } = await world.ada.request(route, { ...world.where, comment_id: comments.get(key) ?? 0 });
    return z.array(z.unknown()).parse(data).length > 0;
  };
}

function checked(branch: string, name: string, conclusion: string): NonNullable<Act['ready']> {
  return async (scene) => {
    const { world } = scene;
    const about = { ...world.where, ref: head(scene, branch), per_page: 100 };
    const { data } = await world.ada.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', about);
    return Checks.parse(data).check_runs.some((check) => check.name === name && check.conclusion === conclusion);
  };
}

function tagged(name: string): NonNullable<Act['ready']> {
  return async ({ world }) => {
    const route = 'GET /repos/{owner}/{repo}/git/matching-refs/{ref}';
    const { data } = await world.ada.request(route, { ...world.where, ref: 'tags/' });
    return Names.parse(data).some(({ ref }) => ref === `refs/tags/${name}`);
  };
}

function all(...conditions: readonly NonNullable<Act['ready']>[]): NonNullable<Act['ready']> {
  return async (scene) => {
    for (const condition of conditions) if (!(await condition(scene))) return false;
    return true;
  };
}

function ends(
  kind: 'train' | 'judge' | 'validate',
  how: 'success' | 'failure' | 'cancelled' = 'success',
  passed = true,
): Act {
  return {
    name: `${kind} ends: ${passed ? how : 'data failed'}`,
    async ready({ world }) {
      const [job] = world.jobs.running(kind);
      return job !== undefined && (how !== 'cancelled' || job.cancelled);
    },
    async act({ world }) {
      const [job] = world.jobs.running(kind);
      if (job === undefined) throw new Error(`expected a ${kind} job, found none`);
      world.jobs.end(job, how, passed);
      const run = { id: job.id, event: 'workflow_dispatch', display_title: job.title };
      world.tell('workflow_run', { action: 'completed', workflow_run: run });
    },
  };
}

function merges(who: Who, number: number, ready: Act['ready']): Act {
  return {
    name: `${who} merges #${number}`,
    ...(ready === undefined ? {} : { ready }),
    async act({ world }) {
      const body = { ...world.where, pull_number: number, merge_method: 'squash' };
      await world[who].request('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', body);
    },
  };
}

/**
 * The story: data that fails and is mended, a run that becomes a version, a hold, a promotion, a run that is cancelled
 * and tried again, a second version, a rollback, and a pull request that is closed. Whoever gives a command about a head
 * names it: see `deliveries.test.ts` for why.
 */
export const STORY: readonly Act[] = [
  pushes('ada', 'a', { 'train.py': "print('a')\n", 'data/rows.csv': 'id\n\n' }),
  opens('ada', 'a', A),
  ends('validate', 'success', false),
  pushes('ada', 'a', { 'data/rows.csv': 'id\n2\n' }, 'itself'),
  ends('validate'),
  says('ada', A, 'a word', () => 'Looks good to me'),
  {
    name: 'ada makes a command of her comment',
    async act({ world, comments }) {
      const body = { ...world.where, comment_id: comments.get('a word') ?? 0, body: '/hold not wanted' };
      await world.ada.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', body);
    },
  },
  says(
    'ada',
    A,
    '/train',
    (scene) => `/train @${head(scene, 'a')}`,
    all(checked('a', 'trainyard / plan', 'success'), checked('a', 'trainyard / data: rows', 'success')),
  ),
  ends('train'),
  ends('judge'),
  pushes('ben', 'b', { 'train.py': "print('b')\n" }),
  opens('ben', 'b', B),
  says('ben', B, '/hold', () => '/hold until #1 is merged', checked('b', 'trainyard / plan', 'success')),
  merges('ada', A, all(answered('/hold'), checked('a', 'trainyard / ready', 'success'))),
  says('ben', B, '/unhold', () => '/unhold', tagged('delay#staging#1')),
  says('ada', B, '/promote', () => '/promote delay@v1.0.0 to production', answered('/unhold')),
  pushes('ben', 'b', { 'train.py': "print('b2')\n" }),
  says(
    'ben',
    B,
    '/train b',
    (scene) => `/train @${head(scene, 'b')}`,
    all(answered('/promote'), checked('b', 'trainyard / plan', 'success')),
  ),
  {
    name: 'ben presses Cancel',
    ready: async ({ world }) => world.jobs.running('train').length > 0,
    act: async (scene) => scene.world.press(head(scene, 'b'), 'trainyard / train: delay', 'cancel'),
  },
  ends('train', 'cancelled'),
  {
    name: 'ben presses Retry',
    ready: checked('b', 'trainyard / train: delay', 'cancelled'),
    act: async (scene) => scene.world.press(head(scene, 'b'), 'trainyard / train: delay', 'retry'),
  },
  ends('train'),
  ends('judge'),
  merges('ben', B, checked('b', 'trainyard / ready', 'success')),
  pushes('ada', 'c', { 'README.md': 'better words\n' }),
  opens('ada', 'c', C),
  says('ada', C, '/rollback', () => '/rollback delay staging', tagged('delay#staging#3')),
  says('ada', C, '/hold c', () => '/hold to think', answered('/rollback')),
  {
    name: 'ada closes #3',
    ready: answered('/hold c'),
    async act({ world }) {
      const body = { ...world.where, pull_number: C, state: 'closed' };
      await world.ada.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', body);
    },
  },
];

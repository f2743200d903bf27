import fc from 'fast-check';
import { z } from 'zod';
import { COMMENT_MARKER } from '../../../core/reports/comment.ts';
import type { Outcome } from '../../../flows/outcome.ts';
import type { Steps } from '../../../flows/ports.ts';
import { reconcile } from '../../../flows/reconcile.ts';
import type { Telling } from './pass.ts';
import { STORY, type StoryScene } from './story.ts';

const DAMAGES = [
  'our comments are deleted',
  'our comments are edited',
  'our checks say something else',
  'jobs end unheard',
  'workflow runs are deleted',
  'a pull request is closed unheard',
  'the process starts anew',
  'sightings are lost',
  'notices are lost',
  'validations are lost',
  'progress is lost',
  'effects are lost',
  'the database is lost',
] as const;
type Damage = (typeof DAMAGES)[number];

/** A state that is reached: so much of the story, what of it was not heard of or broke off, and what happened since. */
export interface Reached {
  readonly acts: number;
  /** Nobody is told of the last act. */
  readonly unheard: boolean;
  /** The flows of the last act's deliveries die at this step for good; null: none dies. */
  readonly diesAt: number | null;
  /** Whether they die with the step's effect, which nobody has noted, or before it. */
  readonly afterEffect: boolean;
  readonly damages: readonly Damage[];
}

export const reached: fc.Arbitrary<Reached> = fc.record({
  acts: fc.integer({ min: 1, max: STORY.length }),
  unheard: fc.boolean(),
  diesAt: fc.option(fc.integer({ min: 0, max: 12 }), { nil: null }),
  afterEffect: fc.boolean(),
  damages: fc.subarray([...DAMAGES], { maxLength: 4 }),
});

/** What somebody else has written in the place of our words. */
const SPOILT = 'all is well';

const Comments = z.array(z.object({ id: z.int(), user: z.object({ login: z.string() }) }));
const CheckRuns = z.object({ check_runs: z.array(z.object({ id: z.int(), name: z.string() })) });
const Pulls = z.array(z.object({ number: z.int() }));

async function ours({ world }: StoryScene): Promise<readonly number[]> {
  const { data } = await world.ada.request('GET /repos/{owner}/{repo}/issues/comments', world.where);
  return Comments.parse(data).flatMap(({ id, user }) => (user.login === 'trainyard[bot]' ? [id] : []));
}

async function harm(scene: StoryScene, damage: Damage): Promise<void> {
  const { world } = scene;
  const { ada, where, database, jobs } = world;
  const one = '/repos/{owner}/{repo}/issues/comments/{comment_id}';
  switch (damage) {
    case 'our comments are deleted':
      for (const id of await ours(scene)) await ada.request(`DELETE ${one}`, { ...where, comment_id: id });
      return;
    case 'our comments are edited':
      for (const id of await ours(scene))
        await ada.request(`PATCH ${one}`, {
          ...where,
          comment_id: id,
          body: `${COMMENT_MARKER}
${SPOILT}`,
        });
      return;
    case 'our checks say something else':
      for (const ref of scene.heads.values()) await spoilChecks(scene, ref);
      return;
    case 'jobs end unheard':
      for (const kind of ['train', 'judge', 'validate'] as const)
        for (const job of jobs.running(kind)) jobs.end(job, 'success');
      return;
    case 'workflow runs are deleted':
      for (const { id } of [...jobs.all()]) jobs.remove(id);
      return;
    case 'a pull request is closed unheard': {
      const { data } = await ada.request('GET /repos/{owner}/{repo}/pulls', where);
      const [open] = Pulls.parse(data);
      const body = { ...where, pull_number: open?.number ?? 0, state: 'closed' };
      if (open !== undefined) await ada.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', body);
      return;
    }
    case 'the process starts anew':
      return world.restart();
    case 'sightings are lost':
      return database.lose('sightings');
    case 'notices are lost':
      return database.lose('notices');
    case 'validations are lost':
      return database.lose('validations');
    case 'progress is lost':
      return database.lose('progress');
    case 'effects are lost':
      return database.lose('effects');
    case 'the database is lost':
      world.restart();
      return database.lose('all');
  }
}

/** As another process of ours might have left it, whose memory was lost: nobody else can write our checks. */
async function spoilChecks({ world }: StoryScene, ref: string): Promise<void> {
  const { data } = await world.ada.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
    ...world.where,
    ref,
  });
  for (const { id, name } of CheckRuns.parse(data).check_runs) {
    const body = { ...world.where, check_run_id: id, name, status: 'completed', conclusion: 'success' };
    const output = { title: SPOILT, summary: 'nothing to see' };
    await world.asApp.request('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', { ...body, output });
  }
}

const Bodies = z.array(z.object({ body: z.string(), user: z.object({ login: z.string() }) }));
const Titles = z.object({ check_runs: z.array(z.object({ output: z.object({ title: z.string().nullable() }) })) });
const Heads = z.array(z.object({ number: z.int(), head: z.object({ sha: z.string() }) }));

/** What open pull requests still show that they should not, in words. */
async function leftOver({ world }: StoryScene): Promise<readonly string[]> {
  const { ada, where } = world;
  const found: string[] = [];
  const { data } = await ada.request('GET /repos/{owner}/{repo}/pulls', where);
  for (const { number, head } of Heads.parse(data)) {
    const comments = '/repos/{owner}/{repo}/issues/{issue_number}/comments';
    const said = Bodies.parse((await ada.request(`GET ${comments}`, { ...where, issue_number: number })).data);
    const ours = said.filter(({ user }) => user.login === 'trainyard[bot]').map(({ body }) => body);
    if (ours.length !== 1 || ours[0]?.includes(SPOILT) !== false) found.push(`#${number}: ${JSON.stringify(ours)}`);
    const checks = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';
    const titles = Titles.parse((await ada.request(checks, { ...where, ref: head.sha })).data).check_runs;
    if (titles.length < 2) found.push(`#${number}: ${titles.length} checks`);
    if (titles.some(({ output }) => output.title === SPOILT)) found.push(`#${number}: a check says something else`);
  }
  return found;
}

/** Steps of a process that dies at one of them. */
function dying(at: number, afterEffect: boolean): Steps {
  let left = at;
  return {
    async run(_name, action) {
      left -= 1;
      if (left >= 0) return action();
      if (afterEffect) await action();
      throw new Error('the process died');
    },
  };
}

export interface Repaired {
  readonly first: Outcome;
  /** What it left undone of what pull requests show. */
  readonly left: readonly string[];
  /** What a second pass does. */
  readonly second: Outcome;
  readonly writes: readonly string[];
  readonly log: readonly string[];
}

/** Reaches a state, does the damage, and reconciles twice. */
export async function repair(telling: Telling, state: Reached): Promise<Repaired> {
  const { scene, log } = telling;
  const { world } = scene;
  await telling.begin();
  for (const act of STORY.slice(0, state.acts - 1)) await telling.act(act);
  const last = STORY[state.acts - 1];
  if (last !== undefined) await telling.act(last, state.unheard ? null : stepsOf(state));
  for (const damage of state.damages) {
    log.push(`! ${damage}`);
    await harm(scene, damage);
  }
  world.told();
  // Long enough that nothing is taken for being under way.
  world.pass(3_700);
  const first = await reconcile(world.ports(), null, { thorough: true });
  log.push(`reconciled: ${first.code}: ${first.message}`, ...(first.changes ?? []).map((change) => `  - ${change}`));
  const left = await leftOver(scene);
  world.told();
  world.writes();
  const second = await reconcile(world.ports(), null, { thorough: true });
  return { first, left, second, writes: world.writes(), log };
}

function stepsOf({ diesAt, afterEffect }: Reached): (() => Steps) | undefined {
  return diesAt === null ? undefined : () => dying(diesAt, afterEffect);
}

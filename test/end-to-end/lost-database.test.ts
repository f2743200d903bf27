import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { concluded, workflowRuns } from '../../scripts/demo/observe.ts';
import { squashMerge } from '../../scripts/demo/people.ts';
import { until } from '../../scripts/demo/wait.ts';
import { freshDatabase } from '../app/database/fresh-database.ts';
import { TRAIN } from './team.ts';
import { openTeamWorld, type TeamWorld } from './world.ts';

const Comments = z.array(z.object({ user: z.object({ login: z.string() }) }));
const Checks = z.object({ check_runs: z.array(z.object({ name: z.string() })) });
let team: TeamWorld;
let databaseUrl: string;

beforeAll(async () => {
  databaseUrl = await freshDatabase();
  const settings = { DATABASE_URL: databaseUrl, TRAINYARD_TIMER_SECONDS: '5' };
  team = await openTeamWorld('lost-database', { settings });
}, 240_000);
afterAll(async () => {
  await team?.close();
});

/** Everything that the App has stored, gone: as if it began on an empty database. */
async function loseDatabase(): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('drop schema trainyard cascade');
    await client.query('drop schema dbos cascade');
  } finally {
    await client.end();
  }
}

test('a run in flight goes on to promotion when the App begins anew on an empty database, and nothing is made twice', async () => {
  const { world } = team;
  const { number, head } = await team.propose('lost', { 'greeter/train.py': `${TRAIN}# lost\n` });
  expect(await team.answer(await team.say(number, '/train'))).toBe('done');
  await world.app().stop('SIGKILL');
  await loseDatabase();
  await world.crashApp();

  await team.check(head, 'trainyard / ready', concluded('success'), 180);
  await squashMerge(world, world.ada, number);
  await team.comment(number, /merged: greeter@v1\.0\.0 was promoted/, 180);

  const [run, ...others] = await team.runs({ pull: number });
  expect(others).toEqual([]);
  for (const kind of ['train', 'judge'])
    await until(`one ${kind} run`, 30, async () => {
      const found = await workflowRuns(world, `${kind} ${run?.record.run ?? ''}`);
      return found.length === 1;
    });
  const comments = await world.ada.octokit.request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    ...world.team,
    issue_number: number,
  });
  const ours = Comments.parse(comments.data).filter(({ user }) => user.login.endsWith('[bot]'));
  expect(ours).toHaveLength(1);
  const checks = await world.ada.octokit.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
    ...world.team,
    ...{ ref: head, filter: 'all', per_page: 100 },
  });
  const names = Checks.parse(checks.data).check_runs.map(({ name }) => name);
  expect(names.filter((name) => name.startsWith('trainyard /')).sort()).toEqual(
    [...new Set(names)].filter((name) => name.startsWith('trainyard /')).sort(),
  );
}, 480_000);

test('each request, answer and webhook of all this fits GitHub’s own description', () => {
  team.assertConforms();
});

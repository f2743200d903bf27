import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { processesOf } from '../../adapters/runners/local/processes.ts';
import { EXAMPLE } from '../../scripts/demo/repositories.ts';
import { until } from '../../scripts/demo/wait.ts';
import { CONFIG, TEAM } from './team.ts';
import { openTeamWorld, type Proposed, type TeamWorld } from './world.ts';

const RUNNER = join(EXAMPLE, '../../local/runner');
const Jobs = z.object({
  jobs: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      conclusion: z.string().nullable(),
      labels: z.array(z.string()),
      runner_name: z.string().nullable(),
    }),
  ),
});

let team: TeamWorld;
let pull: Proposed;

beforeAll(async () => {
  const policy = 'policy:\n  runners: { default: { provider: local } }\n';
  team = await openTeamWorld('runners', {
    files: { ...TEAM, '.github/trainyard.yml': CONFIG.replace('policy:\n', policy) },
    settings: { TRAINYARD_RUNNERS_LOCAL: RUNNER, TRAINYARD_TIMER_SECONDS: '2' },
    permissions: { administration: 'write' },
    events: ['workflow_job'],
  });
  pull = await team.propose('faster', { 'greeter/rate.txt': '0.7\n' });
});

afterAll(async () => {
  team.assertConforms();
  await team.close();
});

const runOf = async (model: string) => (await team.runs({ pull: pull.number, model }))[0]?.record;

async function trainJob(workflowRun: number) {
  const { octokit } = team.world.ada;
  const route = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs';
  const { data } = await octokit.request(route, { ...team.world.team, run_id: workflowRun });
  return Jobs.parse(data).jobs.find(({ labels }) => labels.includes('self-hosted'));
}

/** Machines of the App that are written down, and what runs under their names. */
function machines(): readonly string[] {
  const directory = join(team.log, '../app/machines');
  const written = existsSync(directory) ? readdirSync(directory) : [];
  return written.filter((name) => name.startsWith('trainyard-'));
}

const noMachine = () => until('the machine is gone', 30, async () => (machines().length === 0 ? true : undefined));

test('a run trains on a runner of its own, is judged, and leaves no machine', async () => {
  await team.say(pull.number, '/train greeter');
  const record = await until('a candidate', 90, async () => {
    const run = await runOf('greeter');
    if (run?.state.state === 'failed') throw new Error(run.state.message);
    return run?.state.state === 'judged' ? run : undefined;
  });
  expect(record.state).toMatchObject({ state: 'judged', verdict: 'candidate' });
  const label = `trainyard-${record.run.toLowerCase()}`;
  expect(record.order.runner).toEqual(['self-hosted', 'trainyard-local', label]);
  const job = await trainJob(record.state.state === 'judged' ? (record.state.trainRun ?? 0) : 0);
  expect(job).toMatchObject({ status: 'completed', conclusion: 'success', runner_name: `${label}-1` });
  await noMachine();
  expect(processesOf(`${label}-1`)).toEqual([]);
});

test('a run that is cancelled while it trains counts as cancelled when its machine is gone', async () => {
  const slow = await team.propose('slow', {
    'greeter/train.py': 'import time\nprint("begun", flush=True)\ntime.sleep(600)\n',
  });
  const record = async () => (await team.runs({ pull: slow.number, model: 'greeter' }))[0]?.record;
  await team.say(slow.number, '/train greeter');
  const job = await until('its job runs', 60, async () => {
    const state = (await record())?.state;
    const found =
      state?.state === 'training' && state.workflowRun !== null ? await trainJob(state.workflowRun) : undefined;
    return found?.status === 'in_progress' ? found : undefined;
  });
  expect(processesOf(job.runner_name ?? '')).not.toEqual([]);
  await team.say(slow.number, '/cancel all');
  await until('it is cancelled', 60, async () => ((await record())?.state.state === 'cancelled' ? true : undefined));
  expect([machines(), processesOf(job.runner_name ?? '')]).toEqual([[], []]);
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPlayground, type Playground } from '../workflows/playground.ts';

const FILES = {
  '.github/workflows/own.yml': `
on: { workflow_dispatch: { inputs: { label: { type: string, required: true } } } }
permissions: {}
jobs:
  job:
    runs-on: [self-hosted, "\${{ inputs.label }}"]
    steps:
      - run: echo "ran on $RUNNER_NAME, marked $TRAINYARD_MACHINE, config \${ACTIONS_RUNNER_INPUT_JITCONFIG:-hidden}"
`,
  '.github/workflows/endless.yml': `
on: { workflow_dispatch: { inputs: { label: { type: string, required: true } } } }
permissions: {}
jobs:
  job:
    runs-on: [self-hosted, "\${{ inputs.label }}"]
    steps:
      - run: while true; do sleep 0.05; done
`,
};

let playground: Playground;
const agents: ChildProcess[] = [];
const RUNNERS = '/repos/ada/app/actions/runners';

beforeAll(async () => {
  playground = await openPlayground();
  await playground.repository('app', FILES);
});

afterAll(async () => {
  for (const agent of agents) agent.kill('SIGKILL');
  await playground.settled();
  playground.judge.assertClean();
  await playground.close();
});

const register = (name: string, labels: readonly string[]) =>
  playground.api('POST', `${RUNNERS}/generate-jitconfig`, { name, runner_group_id: 1, labels });

function startAgent(config: string): ChildProcess {
  const agent = spawn(join(import.meta.dirname, '../../../local/runner/run.sh'), [], {
    env: { PATH: process.env['PATH'], ACTIONS_RUNNER_INPUT_JITCONFIG: config, TRAINYARD_MACHINE: 'a-machine' },
    stdio: 'ignore',
  });
  agents.push(agent);
  return agent;
}

async function dispatch(file: string, label: string): Promise<number> {
  const body = { ref: 'main', inputs: { label }, return_run_details: true };
  const { body: run } = await playground.api('POST', `/repos/ada/app/actions/workflows/${file}/dispatches`, body);
  return run.workflow_run_id;
}

const job = async (run: number) =>
  (await playground.api('GET', `/repos/ada/app/actions/runs/${run}/jobs`)).body.jobs[0];
const jobIs = (run: number, expected: object) =>
  expect.poll(() => job(run), { timeout: 20_000 }).toMatchObject(expected);
const runner = async (id: number) => playground.api('GET', `${RUNNERS}/${id}`);

describe('a job that asks for a self-hosted runner', () => {
  test('waits until one with all of its labels is there, runs on it, and takes it off the list', async () => {
    const run = await dispatch('own.yml', 'one');
    await jobIs(run, { status: 'queued', runner_name: null });
    const other = (await register('other', ['self-hosted', 'another'])).body;
    const own = (await register('own', ['self-hosted', 'one'])).body;
    startAgent(other.encoded_jit_config);
    const agent = startAgent(own.encoded_jit_config);
    await jobIs(run, { status: 'completed', conclusion: 'success', runner_name: 'own', runner_id: own.runner.id });
    if (agent.exitCode === null) await once(agent, 'exit');
    expect(agent.exitCode).toBe(0);
    expect((await runner(own.runner.id)).status).toBe(404);
    expect((await runner(other.runner.id)).body).toMatchObject({ status: 'online', busy: false, ephemeral: true });
    const log = await (await playground.outcome(run)).log('job');
    expect(log).toContain('ran on own, marked a-machine, config hidden');
  });

  test('fails when its runner is lost, which could not be deleted while it was busy', async () => {
    const run = await dispatch('endless.yml', 'two');
    const { body } = await register('lost', ['self-hosted', 'two']);
    const agent = startAgent(body.encoded_jit_config);
    await jobIs(run, { status: 'in_progress' });
    expect((await playground.api('DELETE', `${RUNNERS}/${body.runner.id}`)).status).toBe(422);
    agent.kill('SIGKILL');
    await jobIs(run, { status: 'completed', conclusion: 'failure' });
  });

  test('ends unserved when it is cancelled first', async () => {
    const run = await dispatch('own.yml', 'three');
    await jobIs(run, { status: 'queued' });
    await playground.api('POST', `/repos/ada/app/actions/runs/${run}/cancel`);
    await jobIs(run, { status: 'completed', conclusion: 'cancelled' });
  });
});

describe('a just-in-time runner', () => {
  test('is refused a name that is taken', async () => {
    await register('same', ['self-hosted', 'x']);
    expect((await register('same', ['self-hosted', 'x'])).status).toBe(409);
  });

  test('can connect no more when it was deleted', async () => {
    const { body } = await register('deleted', ['self-hosted', 'x']);
    expect((await playground.api('DELETE', `${RUNNERS}/${body.runner.id}`)).status).toBe(204);
    const agent = startAgent(body.encoded_jit_config);
    await once(agent, 'exit');
    expect(agent.exitCode).toBe(1);
  });

  test('is found by its name', async () => {
    await register('named', ['self-hosted', 'x']);
    const { body } = await playground.api('GET', `${RUNNERS}?name=named`);
    expect(body).toMatchObject({ total_count: 1, runners: [{ name: 'named', status: 'offline', os: 'unknown' }] });
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actionsOf } from '../../../local/actions/service.ts';
import { openPlayground, type Playground } from '../workflows/playground.ts';

const WORKFLOW = `
on:
  workflow_dispatch:
    inputs:
      required: { type: string, required: true }
      flag: { type: boolean }
      number: { type: number }
      choice: { type: choice, options: [red, green] }
run-name: dispatched \${{ inputs.required }}
permissions: {}
jobs:
  job:
    runs-on: ubuntu-latest
    steps: [{ run: 'true' }]
`;

let playground: Playground;
const path = (file: string) => `/repos/ada/app/actions/workflows/${file}/dispatches`;

beforeAll(async () => {
  playground = await openPlayground();
  const sha = await playground.repository('app', {
    '.github/workflows/a.yml': WORKFLOW,
    '.github/workflows/push.yml': 'on: push\npermissions: {}\njobs: { a: { runs-on: x, steps: [{ run: "true" }] } }\n',
    '.github/workflows/broken.yml':
      'on: workflow_dispatch\njobs:\n  a:\n    runs-on: x\n    steps:\n      - wrong: key\n',
  });
  await playground.api('POST', '/repos/ada/app/git/refs', { ref: 'refs/tags/v1', sha });
});

afterAll(async () => {
  await playground.settled();
  playground.judge.assertClean();
  await playground.close();
});

describe('POST workflow dispatches', () => {
  test('answers 204 without return_run_details', async () => {
    const answer = await playground.api('POST', path('a.yml'), { ref: 'main', inputs: { required: 'x' } });
    expect(answer).toMatchObject({ status: 204, body: undefined });
  });

  test('answers 200 with the run when asked for its details, and the run can be read at once', async () => {
    const body = { ref: 'main', inputs: { required: 'x' }, return_run_details: true };
    const answer = await playground.api('POST', path('a.yml'), body);
    expect(answer.status).toBe(200);
    const run = await playground.api('GET', `/repos/ada/app/actions/runs/${answer.body.workflow_run_id}`);
    expect(run.body).toMatchObject({
      event: 'workflow_dispatch',
      display_title: 'dispatched x',
      head_branch: 'main',
      run_attempt: 1,
    });
    expect(answer.body.html_url).toBe(run.body.html_url);
  });

  test('starts the run within 50 ms', async () => {
    const { github } = playground;
    const before = performance.now();
    const started = new Promise<number>((resolve) => {
      const stop = github.onEvent((event) => {
        if (event.event !== 'workflow_job' || event.action !== 'in_progress') return;
        stop();
        resolve(performance.now() - before);
      });
    });
    const id = await playground.start('app', 'a.yml', { required: 'x' });
    const answered = performance.now() - before;
    // The dispatch itself (HTTP, git lookups) is not what is measured: the queue is.
    expect((await started) - answered).toBeLessThan(50);
    await playground.outcome(id);
  });

  test('takes a workflow by its id, and a tag as ref', async () => {
    const known = actionsOf(playground.github).state.tables.workflows.list();
    const id = known.find((workflow) => workflow.path.endsWith('/a.yml'))?.id;
    const answer = await playground.api('POST', path(String(id)), {
      ref: 'v1',
      inputs: { required: 'x' },
      return_run_details: true,
    });
    const run = await playground.api('GET', `/repos/ada/app/actions/runs/${answer.body.workflow_run_id}`);
    expect(run.body.head_branch).toBe('v1');
  });

  const good = { required: 'x' };
  test.each([
    ['an unknown input', { inputs: { ...good, extra: 1 } }, 'Unexpected inputs provided: ["extra"]'],
    ['a missing required input', { inputs: {} }, "Required input 'required' not provided"],
    ['a value that is no choice', { inputs: { ...good, choice: 'blue' } }, 'not in the list of allowed values'],
    ['a value that is no boolean', { inputs: { ...good, flag: 'yes' } }, 'not in the list of allowed values'],
    ['a value that is no number', { inputs: { ...good, number: 'x1' } }, 'is not a number'],
    ['a structured value', { inputs: { ...good, required: { a: 1 } } }, 'is not a string'],
    ['an unknown ref', { ref: 'nowhere', inputs: good }, 'No ref found for: nowhere'],
    [
      'more than 25 inputs',
      { inputs: Object.fromEntries(Array.from({ length: 26 }, (_, n) => [`i${n}`, ''])) },
      '25 properties',
    ],
  ])('refuses %s', async (_, body, message) => {
    const answer = await playground.api('POST', path('a.yml'), { ref: 'main', ...body });
    expect(answer.status).toBe(422);
    expect(answer.body.message).toContain(message);
  });

  test('refuses a commit id as ref', async () => {
    const { body } = await playground.api('GET', '/repos/ada/app/git/ref/heads/main');
    const answer = await playground.api('POST', path('a.yml'), { ref: body.object.sha, inputs: { required: 'x' } });
    expect(answer.status).toBe(422);
  });

  test('refuses a workflow without the trigger, and a file that is no workflow, with the place', async () => {
    const push = await playground.api('POST', path('push.yml'), { ref: 'main' });
    expect(push).toMatchObject({
      status: 422,
      body: { message: "Workflow does not have 'workflow_dispatch' trigger" },
    });
    const broken = await playground.api('POST', path('broken.yml'), { ref: 'main' });
    expect(broken.status).toBe(422);
    expect(broken.body.message).toContain('.github/workflows/broken.yml (Line: 6, Col: 9)');
  });

  test('answers 404 for an unknown workflow and 403 to a token without actions: write', async () => {
    expect((await playground.api('POST', path('none.yml'), { ref: 'main' })).status).toBe(404);
    const { token } = playground.github.createUser('reader');
    expect((await playground.api('POST', path('a.yml'), { ref: 'main' }, token)).status).toBe(403);
  });
});

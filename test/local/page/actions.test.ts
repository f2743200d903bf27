import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { actionsOf } from '../../../local/actions/service.ts';
import { commit, openWorld, type World } from './world.ts';

const WORKFLOW = `name: Check <b>all</b>
run-name: Check by \${{ inputs.who }}
on:
  workflow_dispatch:
    inputs: { who: { type: string, default: nobody } }
permissions: {}
jobs:
  good:
    runs-on: ubuntu-latest
    steps:
      - name: Say <i>hello</i>
        run: |
          echo "<script>alert(1)</script> said the step"
          echo "### Summary <script>alert(3)</script>" >> "$GITHUB_STEP_SUMMARY"
          mkdir out && echo x > out/model.txt
      - uses: actions/upload-artifact@v7
        with: { name: model, path: out }
  bad:
    runs-on: ubuntu-latest
    steps:
      - run: |
          echo "::error file=a.csv,line=3::it broke"
          exit 3
`;

let world: World;
let run: string;
beforeAll(async () => {
  world = await openWorld();
  await commit(world.github, world.repository, 'main', { '.github/workflows/check.yml': WORKFLOW });
  const dispatch = { ref: 'main', inputs: { who: '<script>alert(2)</script>' }, return_run_details: true };
  const answered = await world.api(
    'POST',
    '/repos/acme/flights/actions/workflows/check.yml/dispatches',
    world.tokens.ada,
    dispatch,
  );
  const { workflow_run_id } = z.object({ workflow_run_id: z.number() }).parse(answered.body);
  run = `/acme/flights/actions/runs/${workflow_run_id}`;
  await actionsOf(world.github).settled();
});
afterAll(() => world.close());

async function read(path: string): Promise<string> {
  const browser = world.browser();
  await browser.signIn('ada');
  return browser.text(path);
}

describe('the page of a workflow run', () => {
  test('shows jobs and steps with their results', async () => {
    const page = await read(run);
    expect(page).toMatch(/good<\/span><span class="check-title">Successful/);
    expect(page).toMatch(/bad<\/span><span class="check-title">Failed/);
    expect(page).toContain('Say &lt;i&gt;hello&lt;/i&gt;');
  });

  test('shows logs as text', async () => {
    const page = await read(run);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt; said the step');
    expect(page).toMatch(/<span class="error">.*it broke/);
    expect(page).not.toMatch(/<script>alert/);
  });

  test('shows what a step wrote to its summary', async () => {
    expect(await read(run)).toContain('<h3>Summary </h3>');
  });

  test('offers the artifact for download', async () => {
    const address = /href="([^"]+\/artifacts\/\d+)">model</.exec(await read(run))?.[1] ?? '';
    const browser = world.browser();
    await browser.signIn('ada');
    const response = await browser.get(address);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="model.zip"');
    expect(
      Buffer.from(await response.arrayBuffer())
        .subarray(0, 2)
        .toString(),
    ).toBe('PK');
  });

  test('is where the page of a job leads', async () => {
    const id = /id="job-(\d+)"/.exec(await read(run))?.[1];
    const response = await world.browser().get(`${run}/job/${id}`);
    expect(response.headers.get('location')).toBe(`${run}#job-${id}`);
  });
});

test('the list of runs shows names as text', async () => {
  const page = await read('/acme/flights/actions');
  expect(page).toContain('Check by &lt;script&gt;alert(2)&lt;/script&gt;');
  expect(page).toContain('Check &lt;b&gt;all&lt;/b&gt;');
});

test('what the page asked of the API fits the description', () => world.judge.assertClean());

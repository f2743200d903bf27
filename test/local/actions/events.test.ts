import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actionsOf } from '../../../local/actions/service.ts';
import { openPlayground, type Playground } from '../workflows/playground.ts';

const echo = (on: string, extra = '') => `
on: ${on}
permissions: {}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: echo "$GITHUB_EVENT_NAME $GITHUB_REF $GITHUB_SHA head=$GITHUB_HEAD_REF base=$GITHUB_BASE_REF"
${extra}`;

const FILES = {
  '.github/workflows/push.yml': echo(
    '{ push: { branches: ["feature/**", "!feature/not"], paths: ["src/**", "!src/docs/**"] } }',
  ),
  '.github/workflows/tag.yml': echo('{ push: { tags: ["v*"] } }'),
  '.github/workflows/pull.yml': echo('pull_request'),
  '.github/workflows/pull-closed.yml': echo('{ pull_request: { types: [closed], branches: [main] } }'),
  '.github/workflows/target.yml': echo('pull_request_target'),
  '.github/workflows/comment.yml': echo(
    '{ issue_comment: { types: [created] } }',
    '      - env: { BODY: "${{ github.event.comment.body }}" }\n        run: echo "comment $BODY"\n',
  ),
  '.github/workflows/repository.yml': echo(
    '{ repository_dispatch: { types: [train] } }',
    '      - run: echo "payload ${{ github.event.client_payload.model }} ${{ github.event.action }}"\n',
  ),
  'src/a.txt': '1',
};

let playground: Playground;

beforeAll(async () => {
  playground = await openPlayground();
  await playground.repository('app', FILES);
});

afterAll(async () => {
  playground.judge.assertClean();
  await playground.close();
});

/** The runs that an act caused: file, event and log of the job. */
async function causedBy(act: () => Promise<unknown>): Promise<{ file: string; log: string; sha: string }[]> {
  const { state } = actionsOf(playground.github);
  const before = new Set(state.tables.runs.list().map((run) => run.id));
  await act();
  await playground.settled();
  const runs = state.tables.runs.list().filter((run) => !before.has(run.id));
  return Promise.all(
    runs.map(async (run) => ({
      file: run.path.split('/').at(-1) ?? '',
      sha: run.headSha,
      log: await (await playground.outcome(run.id)).log('job'),
    })),
  );
}

describe('push', () => {
  test.each([
    ['feature/x', { 'src/a.txt': '2' }, ['push.yml']],
    ['feature/x', { 'src/docs/b.txt': '2' }, []],
    ['feature/x', { 'other.txt': '2' }, []],
    ['feature/not', { 'src/a.txt': '3' }, []],
    ['main', { 'src/a.txt': '4' }, []],
  ])('to %s of %o starts %o', async (branch, files, expected) => {
    await playground.push('app', branch, { seed: branch });
    await playground.settled();
    const runs = await causedBy(() => playground.push('app', branch, files));
    expect(runs.map((run) => run.file)).toEqual(expected);
  });

  test('of a tag starts what asks for it', async () => {
    const { body } = await playground.api('GET', '/repos/ada/app/git/ref/heads/main');
    const runs = await causedBy(() =>
      playground.api('POST', '/repos/ada/app/git/refs', { ref: 'refs/tags/v1.0', sha: body.object.sha }),
    );
    expect(runs.map((run) => run.file)).toEqual(['tag.yml']);
    expect(runs[0]?.log).toContain(`push refs/tags/v1.0 ${body.object.sha}`);
  });
});

describe('a pull request', () => {
  test('runs at its merge commit, and pull_request_target at the default branch', async () => {
    const head = await playground.push('app', 'change', { 'new.txt': 'x' });
    const runs = await causedBy(() =>
      playground.api('POST', '/repos/ada/app/pulls', { title: 'A change', head: 'change', base: 'main' }),
    );
    expect(runs.map((run) => run.file).sort()).toEqual(['pull.yml', 'target.yml']);
    const git = playground.github.git(playground.github.repository('ada', 'app'));
    const merge = await git.ref('refs/pull/1/merge');
    const main = await git.ref('refs/heads/main');
    expect(runs.every((run) => run.sha === head)).toBe(true);
    const log = (file: string) => runs.find((run) => run.file === file)?.log;
    expect(log('pull.yml')).toContain(`pull_request refs/pull/1/merge ${merge} head=change base=main`);
    expect(log('target.yml')).toContain(`pull_request_target refs/heads/main ${main} head=change base=main`);
  });

  test('that is closed runs what asks for it', async () => {
    const runs = await causedBy(() => playground.api('PATCH', '/repos/ada/app/pulls/1', { state: 'closed' }));
    expect(runs.map((run) => run.file)).toEqual(['pull-closed.yml']);
  });
});

describe('other events', () => {
  test('a comment runs at the default branch, with its text as data', async () => {
    const runs = await causedBy(() =>
      playground.api('POST', '/repos/ada/app/issues/1/comments', { body: '/train $(id)' }),
    );
    expect(runs.map((run) => run.file)).toEqual(['comment.yml']);
    expect(runs[0]?.log).toContain('issue_comment refs/heads/main');
    expect(runs[0]?.log).toContain('comment /train $(id)');
  });

  test('repository_dispatch is filtered by its type', async () => {
    const send = (type: string) =>
      playground.api('POST', '/repos/ada/app/dispatches', { event_type: type, client_payload: { model: 'm' } });
    expect(await causedBy(() => send('other'))).toEqual([]);
    const runs = await causedBy(() => send('train'));
    expect(runs[0]?.log).toContain('payload m train');
  });

  test("what a job's token does starts nothing", async () => {
    await playground.push('app', 'main', {
      '.github/workflows/pusher.yml': `
on: workflow_dispatch
permissions: { contents: write }
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
        with: { fetch-depth: 0 }
      - run: |
          mkdir -p src; echo z > src/z.txt; git add -A
          git -c user.name=x -c user.email=x@example.com commit -qm z
          git push -q origin HEAD:refs/heads/feature/by-job HEAD:refs/tags/v9
`,
    });
    await playground.settled();
    const runs = await causedBy(() => playground.dispatch('app', 'pusher.yml'));
    expect(runs.map((run) => run.file)).toEqual(['pusher.yml']);
    const git = playground.github.git(playground.github.repository('ada', 'app'));
    expect(await git.ref('refs/heads/feature/by-job'), runs[0]?.log).toBeDefined();
  });

  test('a pushed file that is no workflow shows a failed run with the reason', async () => {
    await playground.push('app', 'broken', {
      '.github/workflows/broken.yml': 'on: push\njobs: { a: { runs-on: x } }\n',
    });
    await playground.settled();
    const { body } = await playground.api('GET', '/repos/ada/app/actions/runs?branch=broken');
    const run = body.workflow_runs.find((one: { path: string }) => one.path.endsWith('broken.yml'));
    expect(run.conclusion).toBe('startup_failure');
    expect(actionsOf(playground.github).state.run(run.id).startupError).toContain(
      'broken.yml: jobs.a: expected a list of steps',
    );
  });
});

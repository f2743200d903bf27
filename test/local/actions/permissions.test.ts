import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPlayground, type Playground } from '../workflows/playground.ts';

const CALLED = (top: string, job: string) => `
on: { workflow_call: {} }
${top}
jobs:
  inner:
    runs-on: ubuntu-latest
    ${job}
    steps: [{ run: 'true' }]
`;

const CALLER = (permissions: string, uses: string) => `
on: workflow_dispatch
permissions: ${permissions}
jobs:
  call:
    uses: ${uses}
`;

const job = (body: string, permissions: string) => `
on: workflow_dispatch
permissions: ${permissions}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - env: { TOKEN: "\${{ github.token }}" }
        run: |
          call() { curl -s -o /dev/null -w "$1 $2 %{http_code}\\n" -X "$1" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d "$3" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/$2"; }
${body.replaceAll(/^/gm, '          ')}
`;

const FILES = {
  '.github/workflows/_write-job.yml': CALLED('', 'permissions: { contents: write, checks: write }'),
  '.github/workflows/_write-top.yml': CALLED('permissions: { contents: write }', ''),
  '.github/workflows/_inherits.yml': CALLED('', ''),
  '.github/workflows/_less.yml': CALLED('permissions: {}', ''),
  '.github/workflows/exceeds-job.yml': CALLER('{ contents: read }', './.github/workflows/_write-job.yml'),
  '.github/workflows/exceeds-top.yml': CALLER('{ contents: read }', './.github/workflows/_write-top.yml'),
  '.github/workflows/exceeds-remote.yml': CALLER('{}', 'ada/app/.github/workflows/_write-top.yml@main'),
  '.github/workflows/inherits.yml': CALLER('{ contents: write }', './.github/workflows/_inherits.yml'),
  '.github/workflows/less.yml': CALLER('{ contents: write }', './.github/workflows/_less.yml'),
  '.github/workflows/no-trigger.yml': CALLER('{}', './.github/workflows/less.yml'),
  '.github/workflows/no-file.yml': CALLER('{}', './.github/workflows/none.yml'),
  '.github/workflows/no-repository.yml': CALLER('{}', 'ada/none/.github/workflows/x.yml@main'),
  '.github/workflows/no-private.yml': CALLER('{}', 'ben/private/.github/workflows/x.yml@main'),
  '.github/workflows/reader.yml': job(
    `call GET contents/README.md
call PUT contents/new.txt '{"message":"x","content":"eA=="}'
call POST check-runs '{"name":"x","head_sha":"'"$GITHUB_SHA"'"}'
call GET actions/runs`,
    '{ contents: read }',
  ),
  '.github/workflows/checker.yml': job(
    `call POST check-runs '{"name":"x","head_sha":"'"$GITHUB_SHA"'"}'`,
    '{ checks: write }',
  ),
  '.github/workflows/holds.yml': job('sleep 0', '{ contents: read }'),
  'README.md': 'x',
};

let playground: Playground;

beforeAll(async () => {
  playground = await openPlayground();
  playground.github.createUser('ben');
  await playground.github.createRepository({ owner: 'ben', name: 'private', private: true });
  await playground.repository('app', FILES, { private: true });
});

afterAll(() => playground.close());

describe('a called workflow', () => {
  test.each([
    [
      'exceeds-job.yml',
      "The nested job 'inner' is requesting 'checks: write, contents: write', but is only allowed 'checks: none, contents: read'.",
    ],
    ['exceeds-top.yml', "The workflow is requesting 'contents: write', but is only allowed 'contents: read'."],
    ['exceeds-remote.yml', "is requesting 'contents: write', but is only allowed 'contents: none'."],
    ['no-trigger.yml', "has no 'workflow_call' trigger"],
    ['no-file.yml', 'workflow was not found'],
    ['no-repository.yml', 'Expected a repository and ref that ada/app may read, found none'],
    ['no-private.yml', 'Expected a repository and ref that ada/app may read, found none'],
  ])('fails the run at its start: %s', async (file, message) => {
    const { run, jobs } = await playground.dispatch('app', file);
    expect(run.conclusion).toBe('startup_failure');
    expect(run.startupError).toContain(message);
    expect(jobs).toEqual([]);
  });

  test.each([
    ['inherits.yml', 'contents: write'],
    ['less.yml', undefined],
  ])('gets what its caller holds, or less: %s', async (file, line) => {
    const outcome = await playground.dispatch('app', file);
    const log = await outcome.log('call / inner');
    const granted = /GITHUB_TOKEN Permissions\n(?:\S+ (\w.*)\n)?\S+ ##\[endgroup\]/.exec(log)?.[1];
    expect(granted).toBe(line);
  });
});

describe("a job's token", () => {
  test('does what its permissions say, and no more', async () => {
    const log = await (await playground.dispatch('app', 'reader.yml')).log('job');
    expect(log).toContain('GET contents/README.md 200');
    expect(log).toContain('POST check-runs 403');
    expect(log).toContain('GET actions/runs 403');
    expect(log).not.toContain('PUT contents/new.txt 201');
    expect(await (await playground.dispatch('app', 'checker.yml')).log('job')).toContain('POST check-runs 201');
  });

  test('ends with the job', async () => {
    const { run } = await playground.dispatch('app', 'holds.yml');
    expect(playground.github.tables.tokens.list({ kind: 'job', runId: run.id })).toEqual([]);
  });
});

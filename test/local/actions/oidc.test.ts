import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPlayground, type Playground } from '../workflows/playground.ts';

const ACTION = `
const { appendFileSync } = require('node:fs');
(async () => {
  const url = process.env.ACTIONS_ID_TOKEN_REQUEST_URL;
  if (!url) return console.log('no identity');
  const ask = (token) => fetch(url + '&audience=registry', { headers: { authorization: 'Bearer ' + token } });
  console.log('forged ' + (await ask('forged')).status);
  const { value } = await (await ask(process.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN)).json();
  appendFileSync(process.env.GITHUB_OUTPUT, 'token=' + value + '\\n');
})();
`;

const WORKFLOW = `
on: workflow_dispatch
permissions: {}
jobs:
  with:
    runs-on: ubuntu-latest
    permissions: { id-token: write }
    environment: release
    outputs: { token: "\${{ steps.ask.outputs.token }}" }
    steps: [{ id: ask, uses: $/ask }]
  without:
    runs-on: ubuntu-latest
    steps: [{ uses: $/ask }]
`;

let playground: Playground;

beforeAll(async () => {
  playground = await openPlayground();
  await playground.repository('app', {
    '.github/workflows/a.yml': WORKFLOW,
    'ask/action.yml': 'name: ask\nruns: { using: node24, main: main.cjs }\n',
    'ask/main.cjs': ACTION,
  });
});

afterAll(() => playground.close());

test('a job with id-token: write, and no other, gets an id token that names it', async () => {
  const outcome = await playground.dispatch('app', 'a.yml');
  expect(await outcome.log('without')).toContain('no identity');
  expect(await outcome.log('with')).toContain('forged 401');
  const issuer = `${playground.github.urls.results}_oidc`;
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks`));
  const { payload } = await jwtVerify(outcome.job('with').outputs['token'] ?? '', keys, {
    issuer,
    audience: 'registry',
  });
  const { id, ownerId } = playground.github.repository('ada', 'app');
  expect(payload).toMatchObject({
    sub: `repo:ada@${ownerId}/app@${id}:environment:release`,
    repository: 'ada/app',
    run_id: String(outcome.run.id),
    job_workflow_ref: 'ada/app/.github/workflows/a.yml@refs/heads/main',
    environment: 'release',
  });
});

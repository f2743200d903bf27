import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actionsOf } from '../../../local/actions/service.ts';
import { openPlayground, type Playground } from '../workflows/playground.ts';

/** An action that drives the stock client of GitHub's toolkit. */
const STOCK = `
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
const { DefaultArtifactClient } = await import(process.env.STOCK_CLIENT);
const client = new DefaultArtifactClient();
const name = process.env.INPUT_NAME;
const say = (key, value) => appendFileSync(process.env.GITHUB_OUTPUT, key + '=' + value + '\\n');
switch (process.env.INPUT_DO) {
  case 'upload': {
    mkdirSync('files/sub', { recursive: true });
    writeFileSync('files/a.txt', 'alpha');
    // Larger than one block of the upload, so that the block list is used.
    writeFileSync('files/sub/big.bin', randomBytes(9 * 1024 * 1024));
    const options = { compressionLevel: 0, retentionDays: 3 };
    const made = await client.uploadArtifact(name, ['files/a.txt', 'files/sub/big.bin'], 'files', options);
    say('id', made.id);
    say('digest', made.digest);
    break;
  }
  case 'refused':
    await client.uploadArtifact(name, ['files/a.txt'], 'files').then(
      () => console.log('was not refused'),
      (error) => console.log('refused: ' + error.message),
    );
    break;
  case 'download': {
    const { artifacts } = await client.listArtifacts();
    console.log('listed ' + artifacts.map((artifact) => artifact.name).join(' '));
    const { artifact } = await client.getArtifact(name);
    const done = await client.downloadArtifact(artifact.id, { path: 'got', expectedHash: artifact.digest });
    console.log('content ' + readFileSync('got/a.txt', 'utf8') + ' big ' + existsSync('got/sub/big.bin') + ' mismatch ' + done.digestMismatch);
    break;
  }
  case 'delete':
    console.log('deleted ' + (await client.deleteArtifact(name)).id);
    break;
}
`;

const UPLOAD = `
on: { workflow_dispatch: { inputs: { name: { type: string, default: model } } } }
permissions: {}
jobs:
  upload:
    runs-on: ubuntu-latest
    outputs: { id: "\${{ steps.u.outputs.id }}", digest: "\${{ steps.u.outputs.digest }}" }
    steps:
      - { id: u, uses: $/stock, with: { do: upload, name: "\${{ inputs.name }}" } }
      - { uses: $/stock, with: { do: refused, name: "\${{ inputs.name }}" } }
  download:
    needs: upload
    runs-on: ubuntu-latest
    steps:
      - { uses: $/stock, with: { do: download, name: "\${{ inputs.name }}" } }
`;

const CROSS = `
on: { workflow_dispatch: { inputs: { run: { type: string, required: true }, id: { type: string, required: true } } } }
permissions: {}
jobs:
  own-service-only:
    runs-on: ubuntu-latest
    steps:
      - { uses: actions/download-artifact@v8, with: { artifact-ids: "\${{ inputs.id }}" } }
  with-permission:
    runs-on: ubuntu-latest
    permissions: { actions: read }
    steps:
      - uses: actions/download-artifact@v8
        with: { artifact-ids: "\${{ inputs.id }}", run-id: "\${{ inputs.run }}", github-token: "\${{ github.token }}", path: got }
      - run: "echo got $(cat got/a.txt)"
  without-permission:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/download-artifact@v8
        with: { artifact-ids: "\${{ inputs.id }}", run-id: "\${{ inputs.run }}", github-token: "\${{ github.token }}" }
`;

const DELETE = `
on: workflow_dispatch
permissions: {}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - { uses: $/stock, with: { do: upload, name: gone } }
      - { uses: $/stock, with: { do: delete, name: gone } }
`;

let playground: Playground;
let now: Date | undefined;
let artifact: { id: number; runId: number; digest: string; log: string };

beforeAll(async () => {
  const client = import.meta.resolve('@actions/artifact', pathToFileURL(import.meta.filename));
  playground = await openPlayground({ jobEnvironment: { STOCK_CLIENT: client } }, () => now ?? new Date());
  await playground.repository(
    'app',
    {
      '.github/workflows/upload.yml': UPLOAD,
      '.github/workflows/cross.yml': CROSS,
      '.github/workflows/delete.yml': DELETE,
      'stock/action.yml': 'name: stock\ninputs: { do: {}, name: {} }\nruns: { using: node24, main: main.mjs }\n',
      'stock/main.mjs': STOCK,
    },
    { private: true },
  );
  const outcome = await playground.dispatch('app', 'upload.yml');
  expect(outcome.run.conclusion, await outcome.log('upload')).toBe('success');
  const { id = '', digest = '' } = outcome.job('upload').outputs;
  artifact = {
    id: Number(id),
    runId: outcome.run.id,
    digest,
    log: (await outcome.log('upload')) + (await outcome.log('download')),
  };
});

afterAll(async () => {
  playground.judge.assertClean();
  await playground.close();
});

const rest = (path: string, token?: string) => playground.api('GET', `/repos/ada/app/actions${path}`, undefined, token);

describe('the artifact service', () => {
  test('serves the stock client: upload in blocks, list, and download with the expected digest', () => {
    expect(artifact.log).toContain('listed model');
    expect(artifact.log).toContain('content alpha big true mismatch false');
  });

  test('refuses a second artifact of the same name in a run attempt', () => {
    expect(artifact.log).toContain('refused: Failed to CreateArtifact');
    expect(artifact.log).toContain('(409)');
  });

  test('reports the sha256 of the archive, for which the client vouched', async () => {
    const { body } = await rest(`/artifacts/${artifact.id}`);
    expect(body).toMatchObject({
      name: 'model',
      digest: `sha256:${artifact.digest}`,
      expired: false,
      workflow_run: { id: artifact.runId },
    });
    expect(Date.parse(body.expires_at) - Date.parse(body.created_at)).toBeLessThan(3.1 * 86_400_000);
  });

  test('redirects a download to an address that holds for one minute', async () => {
    const answer = await rest(`/artifacts/${artifact.id}/zip`);
    expect(answer.status).toBe(302);
    const url = answer.headers.get('location') ?? '';
    const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(artifact.digest);
    now = new Date(Date.now() + 61_000);
    expect((await fetch(url)).status).toBe(403);
    now = undefined;
    expect((await fetch(url.replace(/sig=[^&]+/, 'sig=forged'))).status).toBe(403);
    expect((await fetch(url, { method: 'PUT', body: 'x' })).status).toBe(403);
  });

  test('lists by run and by name, and hides everything from who may not read the repository', async () => {
    expect((await rest(`/runs/${artifact.runId}/artifacts`)).body.total_count).toBe(1);
    expect((await rest(`/runs/${artifact.runId}/artifacts?name=nothing`)).body.total_count).toBe(0);
    const { token } = playground.github.createUser('stranger');
    expect((await rest(`/artifacts/${artifact.id}`, token)).status).toBe(404);
  });

  test('gives nothing to the runtime token of another run, and REST asks for actions: read', async () => {
    const outcome = await playground.dispatch('app', 'cross.yml', {
      run: String(artifact.runId),
      id: String(artifact.id),
    });
    expect(Object.fromEntries(outcome.jobs.map((job) => [job.name, job.conclusion]))).toEqual({
      'own-service-only': 'failure',
      'with-permission': 'success',
      'without-permission': 'failure',
    });
    expect(await outcome.log('own-service-only')).toContain('None of the provided artifact IDs were found');
    expect(await outcome.log('with-permission')).toContain('got alpha');
    expect(await outcome.log('without-permission')).toContain('403');
  });

  test('refuses tokens that are forged, or whose job has ended', async () => {
    const { state } = actionsOf(playground.github);
    const [job] = state.tables.jobs.list({ runId: artifact.runId });
    const run = state.run(artifact.runId).attempts[0]?.backendId ?? '';
    const ended = state.runtimeTokens.issue(
      { run, job: job?.backendId ?? '' },
      new Date(),
      new Date(Date.now() + 60_000),
    );
    const [header, payload] = ended.split('.');
    for (const token of [ended, `${header}.${payload}.forged`, 'nonsense', 'a.b.c']) {
      const answer = await fetch(
        `${playground.github.urls.results}twirp/github.actions.results.api.v1.ArtifactService/ListArtifacts`,
        {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: '{}',
        },
      );
      expect(answer.status).toBe(401);
    }
  });

  test('refuses to write to an archive that is finished', async () => {
    const { results } = actionsOf(playground.github);
    const [row] = results.tables.artifacts.list({ runId: artifact.runId });
    const url = results.urls.issue(`/_results/artifacts/${row?.blob}`, 'write', new Date(Date.now() + 60_000));
    const answer = await fetch(url, { method: 'PUT', body: 'other bytes' });
    expect(answer.status).toBe(409);
    const download = await rest(`/artifacts/${artifact.id}/zip`);
    const bytes = Buffer.from(await (await fetch(download.headers.get('location') ?? '')).arrayBuffer());
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(artifact.digest);
  });

  test('deletes for a job by name', async () => {
    const outcome = await playground.dispatch('app', 'delete.yml');
    expect(await outcome.log('job')).toMatch(/deleted \d+/);
  });

  test('answers 410 for what has expired', async () => {
    now = new Date(Date.now() + 4 * 86_400_000);
    expect((await rest(`/artifacts/${artifact.id}`)).body.expired).toBe(true);
    expect((await rest(`/artifacts/${artifact.id}/zip`)).status).toBe(410);
    now = undefined;
  });
});

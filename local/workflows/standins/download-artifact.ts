import { createHash } from 'node:crypto';
import { matchesGlob, resolve } from 'node:path';
import { z } from 'zod';
import { artifactSchema, callArtifactService } from '../artifacts/client.ts';
import { unzip } from '../artifacts/unzip.ts';
import { readBoolean, type StandIn, type StandInStep } from '../stand-in.ts';

/** Stands for actions/download-artifact: of this run through the artifact service, of another through the REST API. */
export const downloadArtifact: StandIn = {
  name: 'actions/download-artifact',
  inputs: {
    name: '',
    'artifact-ids': '',
    path: '',
    pattern: '',
    'merge-multiple': 'false',
    'github-token': '',
    repository: '',
    'run-id': '',
    'digest-mismatch': 'error',
  },
  run,
};

interface Found {
  readonly id: string;
  readonly name: string;
  readonly digest: string | undefined;
  /** The attempt that made it, as the artifact service names it. */
  readonly run?: string;
}

async function run(step: StandInStep): Promise<void> {
  const ids = (step.inputs['artifact-ids'] ?? '').split(',').flatMap((id) => id.trim() || []);
  const name = step.inputs['name'] ?? '';
  if (ids.length > 0 && name !== '')
    throw new Error("Inputs 'name' and 'artifact-ids' cannot be used together. Please specify only one.");
  const source = (step.inputs['github-token'] ?? '') === '' ? thisRun(step) : otherRun(step);
  const wanted = select(await source.list(), ids, name, step.inputs['pattern'] ?? '');
  const path = resolve(step.workspace, step.inputs['path'] ?? '');
  const single = name !== '' || ids.length === 1 || readBoolean(step, 'merge-multiple');
  for (const artifact of wanted) {
    const archive = await fetchArchive(
      await source.url(artifact),
      artifact,
      step.inputs['digest-mismatch'] ?? 'error',
      step,
    );
    const files = await unzip(archive, single ? path : resolve(path, artifact.name));
    step.log(`Downloaded artifact ${artifact.name} (ID ${artifact.id}): ${files.length} file(s)`);
  }
  step.log(`Total of ${wanted.length} artifact(s) downloaded`);
  step.output('download-path', path);
}

function newestOfEach(artifacts: readonly Found[]): Found[] {
  const newest = new Map<string, Found>();
  for (const artifact of artifacts) {
    const known = newest.get(artifact.name);
    if (known === undefined || Number(artifact.id) > Number(known.id)) newest.set(artifact.name, artifact);
  }
  return [...newest.values()];
}

function select(artifacts: readonly Found[], ids: readonly string[], name: string, pattern: string): Found[] {
  if (ids.length > 0) {
    const found = artifacts.filter((artifact) => ids.includes(artifact.id));
    const missing = ids.filter((id) => !found.some((artifact) => artifact.id === id));
    if (missing.length > 0) throw new Error(`None of the provided artifact IDs were found: ${missing.join(', ')}`);
    return found;
  }
  const newest = newestOfEach(artifacts);
  if (name !== '') {
    const found = newest.filter((artifact) => artifact.name === name);
    if (found.length === 0) throw new Error(`Unable to download artifact(s): Artifact not found for name: ${name}`);
    return found;
  }
  return pattern === '' ? newest : newest.filter((artifact) => matchesGlob(artifact.name, pattern));
}

interface Source {
  list(): Promise<Found[]>;
  /** A signed address of the archive. */
  url(artifact: Found): Promise<string>;
}

function thisRun(step: StandInStep): Source {
  return {
    async list() {
      const { artifacts } = await callArtifactService(
        step,
        'ListArtifacts',
        {},
        z.object({ artifacts: z.array(artifactSchema).default([]) }),
      );
      return artifacts.map((artifact) => ({
        id: artifact.database_id,
        name: artifact.name,
        digest: artifact.digest ?? undefined,
        run: artifact.workflow_run_backend_id,
      }));
    },
    async url(artifact) {
      const request = { workflow_run_backend_id: artifact.run, name: artifact.name };
      return (await callArtifactService(step, 'GetSignedArtifactURL', request, z.object({ signed_url: z.string() })))
        .signed_url;
    },
  };
}

const listing = z.object({
  artifacts: z.array(z.object({ id: z.number(), name: z.string(), digest: z.string().nullish() })),
});

function otherRun(step: StandInStep): Source {
  const repository = step.inputs['repository'] || step.github.repository;
  const runId = step.inputs['run-id'] || step.runId;
  const token = step.inputs['github-token'] ?? '';
  step.mask(token);
  const get = (path: string): Promise<Response> =>
    fetch(`${step.urls.api}/repos/${repository}/actions/${path}`, {
      headers: { authorization: `Bearer ${token}` },
      redirect: 'manual',
    });
  return {
    async list() {
      const response = await get(`runs/${runId}/artifacts?per_page=100`);
      if (!response.ok)
        throw new Error(`Unable to list the artifacts of run ${runId} of ${repository}: ${response.status}`);
      return listing
        .parse(await response.json())
        .artifacts.map(({ id, name, digest }) => ({ id: String(id), name, digest: digest ?? undefined }));
    },
    async url(artifact) {
      const response = await get(`artifacts/${artifact.id}/zip`);
      const location = response.headers.get('location');
      if (response.status !== 302 || location === null)
        throw new Error(`Unable to download artifact ${artifact.name}: ${response.status}`);
      return location;
    },
  };
}

async function fetchArchive(url: string, artifact: Found, onMismatch: string, step: StandInStep): Promise<Buffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`Unable to download artifact ${artifact.name}: ${response.status}`);
  const archive = Buffer.from(await response.arrayBuffer());
  const digest = `sha256:${createHash('sha256').update(archive).digest('hex')}`;
  if (artifact.digest !== undefined && artifact.digest !== digest && onMismatch !== 'ignore') {
    const message = `Digest validation failed for ${artifact.name}: expected ${artifact.digest}, got ${digest}`;
    if (onMismatch === 'error') throw new Error(message);
    step.log(`::warning::${message}`);
  }
  return archive;
}

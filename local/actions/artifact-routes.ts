import { readId } from '../http/body.ts';
import { ApiError, notFound } from '../http/errors.ts';
import { paginated } from '../http/pagination.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import { readRun, service } from './request.ts';
import type { Artifact } from './tables.ts';
import { artifactView } from './views.ts';

function listed(request: ApiRequest, artifacts: readonly Artifact[]): Promise<ApiResponse> {
  const name = request.query.get('name');
  const wanted = artifacts
    .filter((artifact) => artifact.digest !== null && (name === null || artifact.name === name))
    .reverse();
  return paginated(
    request,
    wanted,
    (artifact) => view(request, artifact),
    (page, total) => ({ total_count: total, artifacts: page }),
  );
}

function view(request: ApiRequest, artifact: Artifact) {
  return artifactView(request.github, request.repo, service(request).state.tables.runs.get(artifact.runId), artifact);
}

async function listRunArtifacts(request: ApiRequest): Promise<ApiResponse> {
  return listed(request, service(request).state.tables.artifacts.list({ runId: readRun(request).id }));
}

/** @throws ApiError 404 if this repository has no such finished artifact. */
function readArtifact(request: ApiRequest): Artifact {
  const artifact = service(request).state.tables.artifacts.get(readId(request, 'artifact_id'));
  if (artifact === undefined || artifact.repositoryId !== request.repo.id || artifact.digest === null) throw notFound();
  return artifact;
}

async function getArtifact(request: ApiRequest): Promise<ApiResponse> {
  return { status: 200, body: view(request, readArtifact(request)) };
}

async function downloadArtifact(request: ApiRequest): Promise<ApiResponse> {
  if (request.params['archive_format'] !== 'zip') throw notFound();
  // Even for a public repository GitHub wants a token here.
  if (request.actor.kind === 'anonymous') throw new ApiError(401, 'Requires authentication');
  const artifact = readArtifact(request);
  if (artifact.expiresAt <= request.github.now().getTime()) throw new ApiError(410, 'Artifact has expired');
  return { status: 302, headers: { location: service(request).artifacts.downloadUrl(artifact) } };
}

const read = { permission: 'actions', level: 'read' } as const;
const base = '/repos/{owner}/{repo}/actions';

export const artifactRoutes: readonly Route[] = [
  { method: 'GET', path: `${base}/artifacts/{artifact_id}`, access: read, handle: getArtifact },
  { method: 'GET', path: `${base}/artifacts/{artifact_id}/{archive_format}`, access: read, handle: downloadArtifact },
  { method: 'GET', path: `${base}/runs/{run_id}/artifacts`, access: read, handle: listRunArtifacts },
];

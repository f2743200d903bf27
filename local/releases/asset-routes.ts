import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LocalGitHub } from '../github.ts';
import { readId } from '../http/body.ts';
import { ApiError, notFound } from '../http/errors.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import { requireAccount } from '../repositories/ref-changes.ts';
import { type Asset, assetFile, type Release } from './release.ts';
import { assetView } from './views.ts';

function requireRelease(request: ApiRequest): Release {
  const release = request.github.tables.releases.get(readId(request, 'release_id'));
  if (release === undefined || release.repositoryId !== request.repo.id) throw notFound();
  return release;
}

function requireAsset(request: ApiRequest): { asset: Asset; release: Release } {
  const asset = request.github.tables.assets.get(readId(request, 'asset_id'));
  const release = asset && request.github.tables.releases.get(asset.releaseId);
  if (asset === undefined || release?.repositoryId !== request.repo.id) throw notFound();
  return { asset, release };
}

/** GitHub replaces what is no letter, digit, dot, dash or underscore in the names of uploaded files by dots. */
const safeName = (name: string): string => name.replaceAll(/[^\w.-]+/g, '.');

async function upload(request: ApiRequest): Promise<ApiResponse> {
  const { github, repo, query, raw } = request;
  const release = requireRelease(request);
  const name = safeName(query.get('name') ?? '');
  if (name === '')
    throw new ApiError(422, 'Validation Failed', [{ resource: 'ReleaseAsset', field: 'name', code: 'missing_field' }]);
  if (raw.length === 0)
    throw new ApiError(422, 'Validation Failed', [{ resource: 'ReleaseAsset', field: 'size', code: 'invalid' }]);
  if (github.tables.assets.find({ releaseId: release.id, name }) !== undefined) {
    throw new ApiError(422, 'Validation Failed', [{ resource: 'ReleaseAsset', code: 'already_exists', field: 'name' }]);
  }
  const asset = github.tables.assets.insert({
    releaseId: release.id,
    name,
    label: query.get('label'),
    contentType: request.headers['content-type'] ?? 'application/octet-stream',
    size: raw.length,
    digest: `sha256:${createHash('sha256').update(raw).digest('hex')}`,
    downloads: 0,
    uploaderId: requireAccount(github, request.actor).id,
    createdAt: github.timestamp(),
  });
  const file = assetFile(github.dataDir, asset);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, raw);
  return { status: 201, body: assetView(github, repo, release, asset) };
}

/** The bytes of an asset as an answer; counts the download. */
export function downloadAsset(github: LocalGitHub, asset: Asset): ApiResponse {
  github.tables.assets.update(asset.id, { downloads: asset.downloads + 1 });
  return {
    status: 200,
    raw: createReadStream(assetFile(github.dataDir, asset)),
    headers: {
      // Whatever the uploader called it, a browser must save and not show it.
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${asset.name}"`,
      'content-length': String(asset.size),
      'x-content-type-options': 'nosniff',
    },
  };
}

function get(request: ApiRequest): ApiResponse {
  const { asset, release } = requireAsset(request);
  if ((request.headers.accept ?? '').includes('application/octet-stream')) return downloadAsset(request.github, asset);
  return { status: 200, body: assetView(request.github, request.repo, release, asset) };
}

const read = { permission: 'contents', level: 'read' } as const;
const write = { permission: 'contents', level: 'write' } as const;
const ofRelease = '/repos/{owner}/{repo}/releases/{release_id}/assets';
const one = '/repos/{owner}/{repo}/releases/assets/{asset_id}';

export const assetRoutes: readonly Route[] = [{ method: 'GET', path: one, access: read, handle: get }];

/** Under `/api/uploads`, as GitHub has a host of its own for uploads. */
export const assetUploadRoutes: readonly Route[] = [{ method: 'POST', path: ofRelease, access: write, handle: upload }];

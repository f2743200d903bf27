import { nodeId, userOrNull } from '../accounts/views.ts';
import type { LocalGitHub } from '../github.ts';
import type { Repository } from '../repositories/repository.ts';
import { fullName, repositoryApiUrl, repositoryPageUrl } from '../repositories/views.ts';
import type { Asset, Release } from './release.ts';

type Json = Record<string, unknown>;

/** GitHub's `release-asset`. */
export function assetView(github: LocalGitHub, repository: Repository, release: Release, asset: Asset): Json {
  const place = `${encodeURIComponent(release.tagName)}/${encodeURIComponent(asset.name)}`;
  return {
    url: `${repositoryApiUrl(github, repository)}/releases/assets/${asset.id}`,
    id: asset.id,
    node_id: nodeId('RA', asset.id),
    name: asset.name,
    label: asset.label,
    uploader: userOrNull(github, asset.uploaderId),
    content_type: asset.contentType,
    state: 'uploaded',
    size: asset.size,
    digest: asset.digest,
    download_count: asset.downloads,
    created_at: asset.createdAt,
    updated_at: asset.createdAt,
    browser_download_url: `${repositoryPageUrl(github, repository)}/releases/download/${place}`,
  };
}

/** GitHub's `release`. */
export function releaseView(github: LocalGitHub, repository: Repository, release: Release): Json {
  const api = repositoryApiUrl(github, repository);
  const url = `${api}/releases/${release.id}`;
  const tag = encodeURIComponent(release.tagName);
  const assets = github.tables.assets.list({ releaseId: release.id });
  return {
    url,
    assets_url: `${url}/assets`,
    upload_url: `${github.urls.uploads}/repos/${fullName(repository)}/releases/${release.id}/assets{?name,label}`,
    html_url: `${repositoryPageUrl(github, repository)}/releases/tag/${tag}`,
    id: release.id,
    node_id: nodeId('RE', release.id),
    author: userOrNull(github, release.authorId),
    tag_name: release.tagName,
    target_commitish: release.targetCommitish,
    name: release.name,
    body: release.body,
    draft: release.draft,
    immutable: false,
    prerelease: release.prerelease,
    created_at: release.createdAt,
    updated_at: release.updatedAt,
    published_at: release.publishedAt,
    assets: assets.map((asset) => assetView(github, repository, release, asset)),
    tarball_url: release.draft ? null : `${api}/tarball/${tag}`,
    zipball_url: release.draft ? null : `${api}/zipball/${tag}`,
  };
}

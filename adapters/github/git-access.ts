import type { GitAccess } from '../git/transport.ts';
import type { RepositoryId } from './api.ts';

/**
 * Where a server with this API serves a repository to git: github.com beside api.github.com, and other servers at the
 * root above their API.
 *
 * @param apiUrl `https://api.github.com`, or a server's `https://host/api/v3`
 */
export function gitAccess(
  apiUrl: string,
  { owner, repo }: RepositoryId,
  credentials: Pick<GitAccess, 'token' | 'now' | 'fetch'>,
): GitAccess {
  const api = new URL(apiUrl);
  const subdomain = /^api\.(github\.com|[a-z0-9-]+\.ghe\.com)$/.exec(api.hostname)?.[1];
  const root = subdomain === undefined ? api.origin : `https://${subdomain}`;
  return { url: `${root}/${owner}/${repo}.git`, ...credentials };
}

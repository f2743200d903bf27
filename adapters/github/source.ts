import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { TreeEntry, TreeListing } from '../../core/fingerprint/manifest.ts';
import { GitId, RepositoryName } from '../../core/names.ts';
import { PortError, type SourceHost } from '../../flows/ports.ts';
import { type Api, Reference } from './api.ts';
import type { Cache } from './cache.ts';

const Repository = z.object({ full_name: RepositoryName, default_branch: z.string().min(1), html_url: z.url() });
const Tree = z.object({
  sha: GitId,
  truncated: z.boolean(),
  tree: z.array(
    z.object({
      path: z.string(),
      mode: z.string(),
      type: z.enum(['blob', 'tree', 'commit']),
      sha: GitId,
      size: z.int().min(0).nullish(),
    }),
  ),
});
const Blob = z.object({ content: z.string(), encoding: z.literal('base64'), size: z.int().min(0) });
const Comparison = z.object({ merge_base_commit: z.object({ sha: GitId }) });

const TREE = 'GET /repos/{owner}/{repo}/git/trees/{tree_sha}';

export interface SourceCaches {
  /** Trees by commit or tree id, weighed by entries. Content under an id never changes. */
  readonly trees: Cache<TreeListing>;
  /** Blobs by id, weighed by bytes. */
  readonly blobs: Cache<Uint8Array>;
  /** Of two commits, by their ids: it never changes. */
  readonly mergeBases: Cache<GitId>;
}

/** Git objects and branches by REST. */
export function source(api: Api, caches: SourceCaches): SourceHost {
  const tree = async (id: GitId, recursive: boolean): Promise<TreeListing> => {
    const key = `${recursive ? 'all' : 'one'} ${id}`;
    const known = caches.trees.get(key);
    if (known !== undefined) return known;
    const parameters = { tree_sha: id, ...(recursive ? { recursive: '1' } : {}) };
    const answer = await api.get(TREE, parameters, Tree);
    const entries = answer.tree.map(
      ({ path, mode, type, sha, size }): TreeEntry => ({
        path,
        mode,
        type,
        id: sha,
        ...(size == null ? {} : { size }),
      }),
    );
    const listing = { commit: id, entries, truncated: answer.truncated };
    caches.trees.set(key, listing);
    return listing;
  };
  /** The entry at a path; walks folder by folder when the full listing was cut. */
  const entryAt = async (commit: GitId, path: string): Promise<TreeEntry | null> => {
    const listing = await tree(commit, true);
    const found = listing.entries.find((entry) => entry.path === path);
    if (found !== undefined || !listing.truncated) return found ?? null;
    let current: TreeEntry | null = null;
    for (const part of path.split('/')) {
      const folder: TreeListing = await tree(current === null ? commit : GitId.parse(current.id), false);
      current = folder.entries.find((entry) => entry.path === part) ?? null;
      if (current === null) return null;
    }
    return current;
  };
  /** Asked for once by each flow: what a flow decides, it decides of one repository with one default branch. */
  let repository: ReturnType<SourceHost['repository']> | undefined;
  const readRepository = async () => {
    const answer = await api.get('GET /repos/{owner}/{repo}', {}, Repository);
    return { name: answer.full_name, defaultBranch: answer.default_branch, url: answer.html_url };
  };
  return {
    async repository() {
      repository ??= readRepository();
      try {
        return await repository;
      } catch (error) {
        repository = undefined;
        throw error;
      }
    },
    async branchHead(branch) {
      const answer = await api.find('GET /repos/{owner}/{repo}/git/ref/{ref}', { ref: `heads/${branch}` }, Reference);
      return answer === null ? null : answer.object.sha;
    },
    tree: (commit) => tree(commit, true),
    async file(commit, path, maxBytes) {
      const entry = await entryAt(commit, path);
      if (entry === null || entry.type === 'tree') return null;
      if (entry.type === 'commit' || entry.mode === '120000') {
        throw new PortError(
          'malformed',
          `${path} at ${commit}: expected a file, got a ${entry.type === 'commit' ? 'submodule' : 'link'}`,
        );
      }
      if (entry.size !== undefined && entry.size > maxBytes) throw tooLarge(path, entry.size, maxBytes);
      const known = caches.blobs.get(entry.id);
      const bytes = known ?? (await blob(api, entry.id));
      if (known === undefined) caches.blobs.set(entry.id, bytes);
      if (bytes.length > maxBytes) throw tooLarge(path, bytes.length, maxBytes);
      return bytes;
    },
    async mergeBase(base, head) {
      if (base === head) return base;
      const basehead = `${base}...${head}`;
      const known = caches.mergeBases.get(basehead);
      if (known !== undefined) return known;
      const parameters = { basehead, per_page: 1 };
      const answer = await api.get('GET /repos/{owner}/{repo}/compare/{basehead}', parameters, Comparison);
      caches.mergeBases.set(basehead, answer.merge_base_commit.sha);
      return answer.merge_base_commit.sha;
    },
  };
}

/** Bytes of a blob. @throws PortError `malformed` when they do not hash to its id. */
async function blob(api: Api, id: string): Promise<Uint8Array> {
  const answer = await api.get('GET /repos/{owner}/{repo}/git/blobs/{file_sha}', { file_sha: id }, Blob);
  const bytes = new Uint8Array(Buffer.from(answer.content, 'base64'));
  if (blobId(bytes, id.length === 64 ? 'sha256' : 'sha1') !== id) {
    throw new PortError('malformed', `blob ${id}: expected content with this id, got other content`);
  }
  return bytes;
}

/** The id that git gives a blob. */
export function blobId(bytes: Uint8Array, algorithm: 'sha1' | 'sha256'): string {
  return createHash(algorithm).update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

function tooLarge(path: string, size: number, maxBytes: number): PortError {
  return new PortError('too_large', `${path}: expected at most ${maxBytes} bytes, got ${size}`);
}

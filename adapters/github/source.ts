import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { TreeEntry, TreeListing } from '../../core/fingerprint/manifest.ts';
import { GitId, RepositoryName } from '../../core/names.ts';
import { PortError, type SourceHost } from '../../flows/ports.ts';
import type { GitRefs } from '../git/refs.ts';
import type { Api } from './api.ts';
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
const Comparison = z.object({
  merge_base_commit: z.object({ sha: GitId }),
  commits: z.array(
    z.object({
      sha: GitId,
      parents: z.array(z.object({ sha: GitId })),
      commit: z.object({ tree: z.object({ sha: GitId }) }),
    }),
  ),
});

const ITSELF = 'itself';
const TREE = 'GET /repos/{owner}/{repo}/git/trees/{tree_sha}';

export interface SourceCaches {
  /** Trees by commit or tree id, weighed by entries. Content under an id never changes. */
  readonly trees: Cache<TreeListing>;
  /** Blobs by id, weighed by bytes. */
  readonly blobs: Cache<Uint8Array>;
  /** Of two commits, by their ids: it never changes. */
  readonly mergeBases: Cache<GitId>;
  /** Trees of commits. */
  readonly treeIds: Cache<GitId>;
  /** Under `itself`: name and page, which a delivery of a renamed repository would tell anew. */
  readonly repository: Cache<KnownRepository>;
}
export type KnownRepository = Awaited<ReturnType<SourceHost['repository']>>;

/** Git objects by REST; branches, and which of them is the default one, over git's own protocol. */
export function source(api: Api, refs: GitRefs, caches: SourceCaches): SourceHost {
  /** Requests under way: what is asked for twice at once is fetched once. */
  const asking = new Map<string, Promise<TreeListing>>();
  const tree = async (id: GitId, recursive: boolean): Promise<TreeListing> => {
    const asked = caches.treeIds.get(id) ?? id;
    const key = `${recursive ? 'all' : 'one'} ${asked}`;
    const known = caches.trees.get(key);
    if (known !== undefined) return { ...known, commit: id };
    const before = asking.get(key);
    const answer = before ?? readTree(asked, recursive, key);
    if (before === undefined) asking.set(key, answer);
    try {
      return { ...(await answer), commit: id };
    } finally {
      asking.delete(key);
    }
  };
  const readTree = async (asked: GitId, recursive: boolean, key: string): Promise<TreeListing> => {
    const parameters = { tree_sha: asked, ...(recursive ? { recursive: '1' } : {}) };
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
    const listing = { commit: asked, entries, truncated: answer.truncated };
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
  const itself = async (): Promise<KnownRepository> => {
    const known = caches.repository.get(ITSELF);
    if (known !== undefined) return known;
    const answer = await api.get('GET /repos/{owner}/{repo}', {}, Repository);
    const found = { name: answer.full_name, defaultBranch: answer.default_branch, url: answer.html_url };
    caches.repository.set(ITSELF, found);
    return found;
  };
  const readRepository = async (): Promise<KnownRepository> => {
    const [found, head] = await Promise.all([itself(), refs.head()]);
    return head?.branch == null ? found : { ...found, defaultBranch: head.branch };
  };
  /** Asked for once by each flow: what a flow decides, it decides of one repository with one default branch. */
  let repository: Promise<KnownRepository> | undefined;
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
      const head = await refs.head();
      if (head?.branch === branch) return head.id;
      return (await refs.find(`refs/heads/${branch}`))?.id ?? null;
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
      const parameters = { basehead, per_page: 100 };
      const answer = await api.get('GET /repos/{owner}/{repo}/compare/{basehead}', parameters, Comparison);
      caches.mergeBases.set(basehead, answer.merge_base_commit.sha);
      // What the answer tells beside: a preview merge names head and base as its parents, and often has the head's tree.
      for (const { sha, parents, commit } of answer.commits) {
        caches.treeIds.set(sha, commit.tree.sha);
        for (const parent of parents) caches.mergeBases.set(`${parent.sha}...${sha}`, parent.sha);
      }
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

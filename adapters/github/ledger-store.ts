import { z } from 'zod';
import { ENVELOPE_FILE, RUN_REF_PREFIX } from '../../core/ledger/entry.ts';
import { GitId, RunId } from '../../core/names.ts';
import { type LedgerStore, PortError, type StoredEnvelope } from '../../flows/ports.ts';
import { commitObject, gitObject, type Identity, treeOfOneFile } from '../git/objects.ts';
import type { GitRefs } from '../git/refs.ts';
import type { Api } from './api.ts';
import type { Cache } from './cache.ts';

const Commits = z.array(z.object({ sha: GitId, parents: z.array(z.object({ sha: GitId })) }));
const Content = z.union([
  z.object({ type: z.literal('file'), encoding: z.literal('base64'), content: z.string(), sha: GitId }),
  // Over 1 MB the content is left out.
  z.object({ type: z.literal('file'), encoding: z.literal('none'), sha: GitId }),
]);
const Blob = z.object({ content: z.string(), encoding: z.literal('base64') });

/** What is known of the commits of ledger refs; content under an id never changes. */
export interface LedgerCaches {
  readonly parents: Cache<GitId | 'root'>;
  /** Weighed by bytes. */
  readonly envelopes: Cache<Uint8Array>;
}

const AT_ONCE = 8;

export interface LedgerStoreOptions {
  /** What this process has not written itself, it reads by REST. */
  readonly api: Api;
  readonly refs: GitRefs;
  readonly caches: LedgerCaches;
  /** Who commits, and when. */
  readonly by: () => Identity;
}

/** Refs are read and moved over git's own protocol, which compares and swaps and counts against no limit. */
export function ledgerStore({ api, refs, caches, by }: LedgerStoreOptions): LedgerStore {
  const headOf = async (ref: string): Promise<GitId | null> => {
    const found = await refs.find(ref);
    if (found === null) return null;
    if (found.peeled !== null) throw broken(ref, 'it points at a tag');
    return found.id;
  };
  const envelopeOf = async (commit: GitId): Promise<Uint8Array> => {
    const known = caches.envelopes.get(commit);
    if (known !== undefined) return known;
    const bytes = await readEnvelope(api, commit);
    caches.envelopes.set(commit, bytes);
    return bytes;
  };
  const parentOf = async (ref: string, commit: GitId): Promise<GitId | 'root'> => {
    const known = caches.parents.get(commit);
    if (known !== undefined) return known;
    const parameters = { sha: commit, per_page: 100 };
    for (const { sha, parents } of await api.get('GET /repos/{owner}/{repo}/commits', parameters, Commits)) {
      if (parents.length > 1) throw broken(ref, `commit ${sha} is a merge`);
      caches.parents.set(sha, parents[0]?.sha ?? 'root');
    }
    const parent = caches.parents.get(commit);
    if (parent === undefined) throw new PortError('unavailable', `${ref}: commit ${commit} is not listed yet`);
    return parent;
  };
  const ids = async (ref: string, head: GitId, limit: number): Promise<GitId[]> => {
    const found: GitId[] = [];
    for (let id: GitId | 'root' = head; id !== 'root' && found.length < limit; id = await parentOf(ref, id))
      found.push(id);
    return found;
  };
  /** A step that is repeated after its answer was lost finds its own commit: same parent, same bytes. */
  const already = async (ref: string, parent: GitId | null, envelope: Uint8Array): Promise<GitId | 'conflict'> => {
    const head = await headOf(ref);
    if (head === null) return 'conflict';
    for (const id of await ids(ref, head, 100)) {
      const before = await parentOf(ref, id);
      if (before !== (parent ?? 'root')) continue;
      return Buffer.from(await envelopeOf(id)).equals(Buffer.from(envelope)) ? id : 'conflict';
    }
    return 'conflict';
  };
  return {
    async head(ref) {
      const commit = await headOf(ref);
      return commit === null ? null : { commit, envelope: await envelopeOf(commit) };
    },
    envelope: envelopeOf,
    async chain(ref, { newest = Number.POSITIVE_INFINITY, fresh = false } = {}) {
      if (fresh) refs.forget();
      const head = await headOf(ref);
      if (head === null) return [];
      const oldestFirst = (await ids(ref, head, newest)).reverse();
      const stored: StoredEnvelope[] = [];
      for (let start = 0; start < oldestFirst.length; start += AT_ONCE) {
        const batch = oldestFirst.slice(start, start + AT_ONCE);
        stored.push(
          ...(await Promise.all(batch.map(async (commit) => ({ commit, envelope: await envelopeOf(commit) })))),
        );
      }
      return stored;
    },
    async append(ref, parent, envelope, message) {
      if ((await headOf(ref)) !== parent) return already(ref, parent, envelope);
      const blob = gitObject('blob', envelope);
      const tree = treeOfOneFile(ENVELOPE_FILE, blob.id);
      const commit = commitObject({ tree: tree.id, parent, by: by(), message });
      const update = { ref, from: parent, to: commit.id };
      if ((await refs.update([blob, tree, commit], [update])) === 'conflict') return already(ref, parent, envelope);
      caches.envelopes.set(commit.id, envelope);
      caches.parents.set(commit.id, parent ?? 'root');
      return commit.id;
    },
    async runs() {
      const references = await refs.list(RUN_REF_PREFIX);
      return references.flatMap(({ name, id, peeled }) => {
        // A ref that no run of ours could have is somebody's own: nothing reads it.
        const run = RunId.safeParse(name.slice(RUN_REF_PREFIX.length));
        return run.success && peeled === null ? [{ run: run.data, commit: id }] : [];
      });
    },
  };
}

/** Empty when the commit holds no envelope: decoding then says so, and the chain counts as broken. */
async function readEnvelope(api: Api, commit: GitId): Promise<Uint8Array> {
  const route = 'GET /repos/{owner}/{repo}/contents/{path}';
  const file = await api.find(route, { path: ENVELOPE_FILE, ref: commit }, Content);
  if (file === null) return new Uint8Array();
  if (file.encoding === 'base64') return new Uint8Array(Buffer.from(file.content, 'base64'));
  const blob = await api.get('GET /repos/{owner}/{repo}/git/blobs/{file_sha}', { file_sha: file.sha }, Blob);
  return new Uint8Array(Buffer.from(blob.content, 'base64'));
}

function broken(ref: string, found: string): PortError {
  return new PortError('malformed', `${ref}: expected a line of commits with one envelope each, but ${found}`);
}

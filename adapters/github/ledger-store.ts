import { z } from 'zod';
import { ENVELOPE_FILE, RUN_REF_PREFIX } from '../../core/ledger/entry.ts';
import { GitId, RunId } from '../../core/names.ts';
import { type LedgerStore, PortError, type StoredEnvelope } from '../../flows/ports.ts';
import { commitObject, gitObject, type Identity, treeOfOneFile } from '../git/objects.ts';
import type { GitRefs } from '../git/refs.ts';
import type { GitAccess } from '../git/transport.ts';
import type { Api } from './api.ts';
import type { Cache } from './cache.ts';
import { prefetch, readEnvelope } from './envelopes.ts';

const Commits = z.array(z.object({ sha: GitId, parents: z.array(z.object({ sha: GitId })) }));

/** What is known of the commits of ledger refs; content under an id never changes. */
export interface LedgerCaches {
  readonly parents: Cache<GitId | 'root'>;
  /** Weighed by bytes. */
  readonly envelopes: Cache<Uint8Array>;
  /** The head of each ref whose whole line was read last. */
  readonly lines: Cache<GitId>;
}

const AT_ONCE = 8;

export interface LedgerStoreOptions {
  /** For what git's own protocol does not bring. */
  readonly api: Api;
  readonly git: GitAccess;
  readonly refs: GitRefs;
  readonly caches: LedgerCaches;
  /** Who commits, and when. */
  readonly by: () => Identity;
}

/** Refs are read and moved over git's own protocol, which compares and swaps and counts against no limit. */
export function ledgerStore({ api, git, refs, caches, by }: LedgerStoreOptions): LedgerStore {
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
  /** Before a line is walked: all of it that was not read before comes in one request. */
  const bringLine = async (ref: string, head: GitId): Promise<void> => {
    const before = caches.lines.get(ref);
    if (caches.envelopes.get(head) === undefined || caches.parents.get(head) === undefined)
      await prefetch(git, caches, { commits: [head], known: before === undefined ? [] : [before] });
    caches.lines.set(ref, head);
  };
  const bring = async (commits: readonly GitId[]): Promise<void> => {
    const missing = commits.filter((commit) => caches.envelopes.get(commit) === undefined);
    await prefetch(git, caches, { commits: [...new Set(missing)], known: [], depth: 1 });
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
      if (commit !== null) await bring([commit]);
      return commit === null ? null : { commit, envelope: await envelopeOf(commit) };
    },
    envelope: envelopeOf,
    async chain(ref, { newest = Number.POSITIVE_INFINITY, fresh = false } = {}) {
      if (fresh) refs.forget();
      const head = await headOf(ref);
      if (head === null) return [];
      await bringLine(ref, head);
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
      const runs = references.flatMap(({ name, id, peeled }) => {
        // A ref that no run of ours could have is somebody's own: nothing reads it.
        const run = RunId.safeParse(name.slice(RUN_REF_PREFIX.length));
        return run.success && peeled === null ? [{ run: run.data, commit: id }] : [];
      });
      // Whoever lists them reads them.
      await bring(runs.map(({ commit }) => commit));
      return runs;
    },
  };
}

function broken(ref: string, found: string): PortError {
  return new PortError('malformed', `${ref}: expected a line of commits with one envelope each, but ${found}`);
}

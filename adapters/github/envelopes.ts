import { z } from 'zod';
import { ENVELOPE_FILE } from '../../core/ledger/entry.ts';
import { GitId } from '../../core/names.ts';
import { PortError } from '../../flows/ports.ts';
import { fetchCommits, type Wanted } from '../git/fetch.ts';
import type { GitObject } from '../git/objects.ts';
import type { GitAccess } from '../git/transport.ts';
import type { Api } from './api.ts';
import { hasCode } from './errors.ts';
import type { LedgerCaches } from './ledger-store.ts';

const Content = z.union([
  z.object({ type: z.literal('file'), encoding: z.literal('base64'), content: z.string(), sha: GitId }),
  // Over 1 MB the content is left out.
  z.object({ type: z.literal('file'), encoding: z.literal('none'), sha: GitId }),
]);
const Blob = z.object({ content: z.string(), encoding: z.literal('base64') });

/** Wants of one request. */
const BATCH = 1000;

/**
 * Brings commits that this process has not seen into the caches, many in one request. What does not come this way (an
 * answer too large, a server that can't filter) is asked for one by one when it is needed.
 */
export async function prefetch(git: GitAccess, caches: LedgerCaches, wanted: Wanted): Promise<void> {
  for (let start = 0; start < wanted.commits.length; start += BATCH) {
    try {
      const batch = { ...wanted, commits: wanted.commits.slice(start, start + BATCH) };
      const objects = await fetchCommits(git, batch);
      for (const object of objects.values()) if (object.type === 'commit') remember(caches, object, objects);
    } catch (error) {
      if (!(error instanceof PortError) || hasCode(error, 'rate_limited')) throw error;
      return;
    }
  }
}

function remember(caches: LedgerCaches, commit: GitObject, objects: ReadonlyMap<string, GitObject>): void {
  const [head = ''] = commit.content.toString('latin1').split('\n\n');
  const parents = [...head.matchAll(/^parent ([0-9a-f]{40})$/gm)].map(([, id]) => GitId.parse(id));
  // A merge is told of where the line is walked.
  if (parents.length < 2) caches.parents.set(commit.id, parents[0] ?? 'root');
  const tree = objects.get(/^tree ([0-9a-f]{40})\n/.exec(head)?.[1] ?? '');
  if (tree?.type !== 'tree') return;
  const id = fileIn(tree.content, ENVELOPE_FILE);
  const file = id === null ? null : objects.get(id);
  // Without such a file: empty, which nothing verifies. A file that was too large to be sent is asked for by itself.
  if (id === null) caches.envelopes.set(commit.id, new Uint8Array());
  else if (file?.type === 'blob') caches.envelopes.set(commit.id, new Uint8Array(file.content));
}

/** The id of a file in a tree object: `mode name NUL id`, one after the other. */
function fileIn(tree: Buffer, name: string): string | null {
  for (let at = 0; at < tree.length; ) {
    const end = tree.indexOf(0, at);
    if (end < 0) return null;
    const [mode, ...rest] = tree.toString('utf8', at, end).split(' ');
    if (rest.join(' ') === name && (mode === '100644' || mode === '100755'))
      return tree.toString('hex', end + 1, end + 21);
    at = end + 21;
  }
  return null;
}

/** Empty when the commit holds no envelope: decoding then says so, and the chain counts as broken. */
export async function readEnvelope(api: Api, commit: GitId): Promise<Uint8Array> {
  const route = 'GET /repos/{owner}/{repo}/contents/{path}';
  const file = await api.find(route, { path: ENVELOPE_FILE, ref: commit }, Content);
  if (file === null) return new Uint8Array();
  if (file.encoding === 'base64') return new Uint8Array(Buffer.from(file.content, 'base64'));
  const blob = await api.get('GET /repos/{owner}/{repo}/git/blobs/{file_sha}', { file_sha: file.sha }, Blob);
  return new Uint8Array(Buffer.from(blob.content, 'base64'));
}

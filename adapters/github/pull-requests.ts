import { z } from 'zod';
import { GitId, Instant } from '../../core/names.ts';
import type { PullRequest, PullRequests } from '../../flows/ports.ts';
import type { GitRefs } from '../git/refs.ts';
import type { Api } from './api.ts';
import type { Cache } from './cache.ts';
import { hasCode } from './errors.ts';

export const Listed = z.object({
  number: z.int().positive(),
  state: z.enum(['open', 'closed']),
  title: z.string(),
  user: z.object({ login: z.string() }).nullable(),
  labels: z.array(z.object({ name: z.string() })),
  head: z.object({ sha: GitId, ref: z.string(), repo: z.object({ id: z.int(), full_name: z.string() }).nullable() }),
  base: z.object({ sha: GitId, ref: z.string(), repo: z.object({ id: z.int() }) }),
  merged_at: Instant.nullable(),
  merge_commit_sha: GitId.nullable(),
  updated_at: Instant,
  html_url: z.string(),
});
const Full = Listed.extend({ merged: z.boolean(), mergeable: z.boolean().nullable() });
export type Listed = z.infer<typeof Listed>;

export interface PullRequestOptions {
  readonly api: Api;
  readonly refs: GitRefs;
  readonly now: () => Date;
  /** Milliseconds for which `recent` uses what was read. */
  readonly freshFor: number;
  /** Under `pulls`: set where listing the refs of all pull requests is more than asking GitHub for those of one commit. */
  readonly tooMany: Cache<true>;
}

/** Bytes: refs of some 8,000 pull requests. */
const MANY = 2 ** 20;
const HEAD = /^refs\/pull\/(\d+)\/head$/;

/** Pull requests by REST. `mergeable` is null while GitHub computes it: asking starts the computation. */
export function pullRequests({ api, refs, now, freshFor, tooMany }: PullRequestOptions): PullRequests {
  const known = new Map<number, { readonly pull: PullRequest; readonly at: number }>();
  const get = async (number: number): Promise<PullRequest> => {
    const pull = await api.get('GET /repos/{owner}/{repo}/pulls/{pull_number}', { pull_number: number }, Full);
    const found = pullRequest(pull, pull.mergeable);
    known.set(number, { pull: found, at: now().getTime() });
    return found;
  };
  const numbersByRefs = async (sha: GitId): Promise<readonly number[] | null> => {
    if (tooMany.get('pulls') !== undefined) return null;
    try {
      const heads = (await refs.list('refs/pull/', MANY)).filter(({ id }) => id === sha);
      return heads.flatMap(({ name }) => HEAD.exec(name)?.[1] ?? []).map(Number);
    } catch (error) {
      if (!hasCode(error, 'too_large')) throw error;
      tooMany.set('pulls', true);
      return null;
    }
  };
  return {
    get,
    async recent(number) {
      const before = known.get(number);
      const fresh = before !== undefined && now().getTime() - before.at < freshFor;
      // Null: GitHub computes the preview merge, and asking again tells what came of it.
      return fresh && (before.pull.state === 'closed' || before.pull.mergeable !== null) ? before.pull : get(number);
    },
    async withHead(sha) {
      const byRefs = await numbersByRefs(sha);
      if (byRefs !== null) return byRefs;
      const route = 'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls';
      const pulls = await api.list(route, { commit_sha: sha }, z.array(Listed), 3);
      return pulls.filter(({ head }) => head.sha === sha).map(({ number }) => number);
    },
    async listOpen() {
      const parameters = { state: 'open', sort: 'created', direction: 'asc' };
      const pulls = await api.list('GET /repos/{owner}/{repo}/pulls', parameters, z.array(Listed), 30);
      return pulls.map((pull) => pullRequest(pull, null));
    },
    async mergedAs(commit) {
      const route = 'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls';
      const pulls = await api.list(route, { commit_sha: commit }, z.array(Listed), 3);
      const merged = pulls.find((pull) => pull.merged_at !== null && pull.merge_commit_sha === commit);
      return merged === undefined ? null : get(merged.number);
    },
  };
}

/** A pull request as GitHub lists it. */
export function pullRequest(pull: Listed, mergeable: boolean | null): PullRequest {
  const merged = pull.merged_at !== null;
  // An open pull request in conflict keeps the preview of an older head: it says nothing about this one.
  const mergeCommit = merged || mergeable === true ? pull.merge_commit_sha : null;
  return {
    number: pull.number,
    state: pull.state,
    merged,
    title: pull.title,
    author: pull.user?.login ?? 'ghost',
    head: { sha: pull.head.sha, ref: pull.head.ref, repository: pull.head.repo?.full_name ?? null },
    base: { ref: pull.base.ref, sha: pull.base.sha },
    // A deleted head repository was a fork, as far as trust goes.
    fork: pull.head.repo === null || pull.head.repo.id !== pull.base.repo.id,
    labels: pull.labels.map(({ name }) => name),
    mergeCommit,
    mergeable,
    updatedAt: pull.updated_at,
    url: pull.html_url,
  };
}

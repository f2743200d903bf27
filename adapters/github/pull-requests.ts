import { z } from 'zod';
import { GitId, Instant } from '../../core/names.ts';
import type { PullRequest, PullRequests } from '../../flows/ports.ts';
import type { Api } from './api.ts';

const Listed = z.object({
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
type Listed = z.infer<typeof Listed>;

/** Pull requests by REST. `mergeable` is null while GitHub computes it: asking starts the computation. */
export function pullRequests(api: Api): PullRequests {
  const get = async (number: number): Promise<PullRequest> => {
    const pull = await api.get('GET /repos/{owner}/{repo}/pulls/{pull_number}', { pull_number: number }, Full);
    return pullRequest(pull, pull.mergeable);
  };
  return {
    get,
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

function pullRequest(pull: Listed, mergeable: boolean | null): PullRequest {
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

import { z } from 'zod';
import { COMMENT_MARKER } from '../../core/reports/comment.ts';
import type { Comments, InFlight, PullRequests } from '../../flows/ports.ts';
import type { Api } from '../github/api.ts';
import { EMPTY_MEMORY, type Memory, merged, readMemory, withMemory } from './memory.ts';
import { sightingsOf } from './sightings.ts';

/** Characters that GitHub takes in a comment. */
const COMMENT = 65_536;

const IssueComments = z.array(
  z.object({ id: z.int(), body: z.string().default(''), user: z.object({ login: z.string() }).nullable() }),
);
const Numbers = z.array(z.object({ number: z.int().positive() }));

export interface JobInFlightOptions {
  readonly api: Api;
  readonly pulls: PullRequests;
  readonly comments: Comments;
  /** Our login: nobody else's comment is read as memory. */
  readonly self: string;
  /** The repository's page on its server: a remembered link leads nowhere else. */
  readonly url: () => Promise<string>;
}

/** In a job there is no database: sightings are GitHub's own, and what is to be shown is kept in the sticky comment. */
export function jobInFlight(options: JobInFlightOptions): { readonly inFlight: InFlight; readonly comments: Comments } {
  const { api, pulls, comments, self, url } = options;
  /** What this job has to say, by pull request; and data checks, whose commit alone is known. */
  const said = new Map<number, Memory>();
  let checked: Memory = EMPTY_MEMORY;
  const stored = async (pullRequest: number): Promise<Memory> => {
    const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
    const all = await api.list(route, { issue_number: pullRequest }, IssueComments);
    const ours = all.find(({ body, user }) => user?.login === self && body.startsWith(COMMENT_MARKER));
    return ours === undefined ? EMPTY_MEMORY : readMemory(ours.body, await url());
  };
  const current = async (pullRequest: number): Promise<Memory> =>
    merged(await stored(pullRequest), said.get(pullRequest) ?? EMPTY_MEMORY);
  const inFlight: InFlight = {
    // GitHub keeps them; see sightings.ts.
    async recordSighting() {},
    sightings: async (pullRequest) => sightingsOf(api, await pulls.get(pullRequest)),
    async putNotice(notice) {
      const before = said.get(notice.pullRequest) ?? EMPTY_MEMORY;
      said.set(notice.pullRequest, merged(before, { notices: [notice], validations: [] }));
    },
    notices: async (pullRequest) => (await current(pullRequest)).notices,
    async putValidation(commit, dataset, state) {
      const others = checked.validations.filter((one) => one.commit !== commit || one.dataset !== dataset);
      checked = { notices: [], validations: [...others, { commit, dataset, state }] };
    },
    async validations(commit) {
      const route = 'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls';
      const found = await api.list(route, { commit_sha: commit }, Numbers, 3);
      const memories = await Promise.all(found.map(({ number }) => stored(number)));
      const known = [...memories.flatMap(({ validations }) => validations), ...checked.validations];
      // This job's own last: they hold every finding.
      return Object.fromEntries(known.filter((one) => one.commit === commit).map((one) => [one.dataset, one.state]));
    },
    // Live metrics need something that listens.
    stepMetrics: async () => [],
    // Each push has its own workflow run, which people can start again.
    progress: async () => null,
    progressBelow: async () => ({}),
    async putProgress() {},
  };
  return {
    inFlight,
    comments: {
      ...comments,
      async putSticky(pullRequest, marker, body) {
        if (marker !== COMMENT_MARKER) return comments.putSticky(pullRequest, marker, body);
        const { head } = await pulls.get(pullRequest);
        const memory = merged(await current(pullRequest), checked);
        // Data checks of heads that were left behind are shown nowhere.
        const validations = memory.validations.filter(({ commit }) => commit === head.sha);
        return comments.putSticky(pullRequest, marker, withMemory(body, { ...memory, validations }, COMMENT));
      },
    },
  };
}

import { z } from 'zod';
import { GitId, Instant } from '../../core/names.ts';
import type { PullRequest, Sighting } from '../../flows/ports.ts';
import type { Api } from '../github/api.ts';
import { hasCode } from '../github/errors.ts';

const Activities = z.array(
  z.object({
    after: z.string(),
    timestamp: z.string(),
    actor: z.object({ login: z.string() }).nullable(),
  }),
);

/** One page: a head that was pushed longer ago than that is asked for by its id. */
const PUSHES = 100;

/**
 * When each head of a same-repository pull request was pushed and by whom, as GitHub's activity of its branch tells it
 * (invariant 2). Where that does not tell of the present head, it counts as first seen now: then only a command that
 * names it in full, with `@<sha>`, is bound to it.
 */
export async function sightingsOf(api: Api, pull: PullRequest, now: Instant): Promise<readonly Sighting[]> {
  const { sha, ref, repository } = pull.head;
  const pushes = pull.fork || repository === null ? [] : await pushesTo(api, ref);
  const common = { pullRequest: pull.number, headRepository: repository };
  const known = pushes.map((push) => ({ ...common, ...push }));
  if (known.some((sighting) => sighting.sha === sha)) return known;
  return [...known, { ...common, sha, at: now, sender: '' }];
}

async function pushesTo(api: Api, branch: string): Promise<readonly Pick<Sighting, 'sha' | 'at' | 'sender'>[]> {
  const parameters = { ref: `refs/heads/${branch}`, direction: 'desc', per_page: PUSHES };
  try {
    const pushes = (await api.find('GET /repos/{owner}/{repo}/activity', parameters, Activities)) ?? [];
    return pushes.flatMap(({ after, timestamp, actor }) => {
      const sha = GitId.safeParse(after);
      const at = Instant.safeParse(timestamp);
      // A deleted branch has only zeros after it, which is no head.
      return sha.success && at.success && !/^0+$/.test(after)
        ? [{ sha: sha.data, at: at.data, sender: actor?.login ?? '' }]
        : [];
    });
  } catch (error) {
    // Older servers don't know the route, and some tokens may not use it: ask for the id instead.
    if (hasCode(error, 'forbidden', 'malformed')) return [];
    throw error;
  }
}

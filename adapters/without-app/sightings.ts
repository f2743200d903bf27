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

/** One page: of a head that was left behind longer ago nothing is known. */
const PUSHES = 100;

/**
 * When each head of a same-repository pull request was pushed and by whom, as GitHub's activity of its branch tells it
 * (invariant 2). Empty for a fork and where GitHub does not tell: then a command has to name the head in full.
 */
export async function sightingsOf(api: Api, pull: PullRequest): Promise<readonly Sighting[]> {
  const { ref, repository } = pull.head;
  if (pull.fork || repository === null) return [];
  return (await pushesTo(api, ref)).flatMap(({ after, timestamp, actor }) => {
    const sha = GitId.safeParse(after);
    const at = Instant.safeParse(timestamp);
    // A deleted branch has only zeros after it, which is no head.
    if (!sha.success || !at.success || /^0+$/.test(after)) return [];
    const sender = actor?.login ?? '';
    return [
      {
        pullRequest: pull.number,
        event: 'head' as const,
        headRepository: repository,
        sha: sha.data,
        at: at.data,
        sender,
      },
    ];
  });
}

async function pushesTo(api: Api, branch: string): Promise<z.infer<typeof Activities>> {
  const parameters = { ref: `refs/heads/${branch}`, direction: 'desc', per_page: PUSHES };
  try {
    return (await api.find('GET /repos/{owner}/{repo}/activity', parameters, Activities)) ?? [];
  } catch (error) {
    // Older servers don't know the route, and some tokens may not use it.
    if (hasCode(error, 'forbidden', 'malformed')) return [];
    throw error;
  }
}

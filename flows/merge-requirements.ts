import type { ModelConfig } from '../core/config/schema.ts';
import { pusherOf } from '../core/decision/commit.ts';
import type { ModelName } from '../core/names.ts';
import { requirementProblem } from '../core/policy/requirements.ts';
import type { Assessment } from './assessment.ts';
import { filesFact, reviewFacts } from './fact-reviews.ts';
import { PortError, type Ports, type PullRequest } from './ports.ts';
import { modelIn } from './snapshot.ts';

/**
 * What `policy.require.merge` asks for and is not there, in words; null when all is. Asked alike before the merge, for
 * `ready`, and once more when the merge is to promote something.
 *
 * @param pull null where something was pushed without one
 * @param models that are affected; empty for the whole pull request
 */
export async function mergeRequirement(
  ports: Pick<Ports, 'source' | 'reviews' | 'permissions' | 'inFlight'>,
  pull: PullRequest | null,
  assessment: Assessment,
  models: readonly ModelName[],
): Promise<string | null> {
  const requirements = assessment.policy.config?.policy.require.merge;
  if (requirements === undefined) return null;
  const { labels, approvals } = requirements;
  if (labels.length === 0 && approvals === undefined) return null;
  if (pull === null) return 'it was pushed without a pull request, which alone can have labels and approvals';
  try {
    const source = {
      pull: async () => pull,
      policy: async () => assessment.policy,
      assessment: async () => assessment,
    };
    const problem = requirementProblem(requirements, {
      labels: pull.labels,
      author: pull.author,
      head: pull.head.sha,
      repository: (await ports.source.repository()).name,
      models: models.flatMap((name) => configsOf(assessment, name)),
      reviews: approvals === undefined ? [] : await reviewFacts(ports, source),
      lastPusher: approvals === undefined ? null : pusherOf(await ports.inFlight.sightings(pull.number), pull),
      files: approvals?.code_owners === true ? await filesFact(ports, assessment) : null,
    });
    return problem?.message ?? null;
  } catch (error) {
    // What GitHub may tell later is asked again by the step's own retries; what it refuses to tell is not there.
    if (!(error instanceof PortError) || error.code === 'unavailable' || error.code === 'rate_limited') throw error;
    return `labels and approvals could not be read (${error.message})`;
  }
}

/** As base and head declare it: narrowing a model's inputs takes no file from its owners. */
function configsOf({ policy, head }: Assessment, name: ModelName): ModelConfig[] {
  return [modelIn(policy.config, name), modelIn(head.config, name)].filter((config) => config !== null);
}

import type { VerifiedRecord } from '../core/ledger/envelope.ts';
import { type PullReadiness, type ReadyVerdict, readyVerdict } from '../core/promotion/ready.ts';
import { type AssessedModel, type Assessment, assess, assessPullRequest } from './assessment.ts';
import { FlowError } from './error.ts';
import { type Ledger, loadLedger, loadRuns } from './ledger.ts';
import type { Ports, PullRequest } from './ports.ts';
import { selectFor } from './selection.ts';
import { takeSnapshot } from './snapshot.ts';

/** Everything of a pull request that is shown, read afresh: what people see is never a memory (invariant 10). */
export interface Scene {
  readonly pull: PullRequest;
  readonly assessment: Assessment;
  readonly ledger: Ledger | null;
  readonly records: readonly VerifiedRecord[];
  readonly url: string;
}

export async function readScene(ports: Ports, pull: PullRequest): Promise<Scene> {
  const assessment = await assessPullRequest(ports, pull);
  const { url } = await ports.source.repository();
  const { policy } = assessment;
  if (policy.keys.length === 0) return { pull, assessment, ledger: null, records: [], url };
  try {
    const [ledger, records] = await Promise.all([loadLedger(ports, policy), loadRuns(ports, policy)]);
    return { pull, assessment, ledger, records, url };
  } catch (error) {
    if (!(error instanceof FlowError) || error.code !== 'ledger_invalid') throw error;
    const problems = [...assessment.problems, error.message];
    return { pull, assessment: { ...assessment, problems }, ledger: null, records: [], url };
  }
}

/** `ready` stands at a commit, so every open pull request with this head is judged together (DESIGN section 5). */
export async function readiness(ports: Ports, scene: Scene): Promise<ReadyVerdict> {
  const open = await ports.pulls.listOpen();
  const others = open.filter(({ head, number }) => head.sha === scene.pull.head.sha && number !== scene.pull.number);
  const pulls = [await pullReadiness(ports, scene)];
  for (const other of others) pulls.push(await pullReadiness(ports, await readScene(ports, other)));
  return readyVerdict(pulls);
}

async function pullReadiness(ports: Ports, { pull, assessment, ledger, records }: Scene): Promise<PullReadiness> {
  const base = { number: pull.number, policyChanges: assessment.policyChanges };
  const [problem] = assessment.problems;
  if (problem !== undefined) {
    const status = assessment.policy.present && assessment.policy.config === null ? 'policy_unreadable' : 'errored';
    return { ...base, plan: { status, message: problem }, models: [] };
  }
  const complete = { ...base, plan: { status: 'complete' } } as const;
  const affected = assessment.models.filter((model) => model.affected);
  if (affected.length === 0 || assessment.policyChanges.some(({ effect }) => effect === 'policy'))
    return { ...complete, models: [] };
  if (pull.base.ref !== assessment.policy.branch)
    return {
      ...base,
      plan: {
        status: 'errored',
        message: `a merge into ${pull.base.ref} never promotes: only ${assessment.policy.branch} does`,
      },
      models: [],
    };
  if (ledger === null)
    return {
      ...base,
      plan: {
        status: 'errored',
        message: 'policy.signing.keys of the default branch names no key, so no evidence can be trusted',
      },
      models: [],
    };
  const merged = await previewMerge(ports, pull, assessment);
  if (merged === null)
    return {
      ...base,
      plan: {
        status: 'errored',
        message:
          pull.mergeable === false
            ? 'the pull request is in conflict with its base'
            : 'GitHub has not made the preview merge yet; it is looked for again',
      },
      models: [],
    };
  const models = merged.flatMap((model) =>
    model.head.kind === 'known'
      ? [{ model: model.name, selection: selectFor(assessment.policy, ledger, records, model.head, pull.number) }]
      : [],
  );
  return { ...complete, models };
}

/** The models that the merge would affect, in the tree that it would make (invariant 6). */
async function previewMerge(
  ports: Ports,
  pull: PullRequest,
  { policy }: Assessment,
): Promise<readonly AssessedModel[] | null> {
  if (pull.mergeCommit === null) return null;
  const preview = await takeSnapshot(ports, pull.mergeCommit);
  return assess(policy, policy, preview).models.filter((model) => model.affected);
}

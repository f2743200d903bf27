import { activeHold, activeLock } from '../core/ledger/controls.ts';
import type { VerifiedRecord } from '../core/ledger/envelope.ts';
import type { Instant } from '../core/names.ts';
import { changesPolicy } from '../core/policy/changes.ts';
import { type ReadyVerdict, readyVerdict } from '../core/promotion/ready.ts';
import type { ModelReadiness, PullReadiness, UnpassedData } from '../core/promotion/situations.ts';
import { stageBlock } from '../core/promotion/stage-block.ts';
import { type AssessedModel, type Assessment, assess, assessPullRequest } from './assessment.ts';
import { FlowError } from './error.ts';
import { instant, type Ledger, loadLedger, loadRuns } from './ledger.ts';
import { unapprovedLoosenings } from './loosened-contracts.ts';
import { mergeRequirement } from './merge-requirements.ts';
import type { Ports, PullRequest } from './ports.ts';
import { selectFor } from './selection.ts';
import { type PolicySnapshot, takeSnapshot } from './snapshot.ts';
import { loadValidations } from './validation-state.ts';

type ScenePorts = Pick<Ports, 'source' | 'ledger' | 'pulls' | 'inFlight' | 'reviews' | 'permissions' | 'clock'>;

/** Everything of a pull request that is shown, read afresh: what people see is never a memory (invariant 10). */
export interface Scene {
  readonly pull: PullRequest;
  readonly assessment: Assessment;
  readonly ledger: Ledger | null;
  readonly records: readonly VerifiedRecord[];
  readonly url: string;
}

export async function readScene(ports: ScenePorts, pull: PullRequest): Promise<Scene> {
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
export async function readiness(ports: ScenePorts, scene: Scene): Promise<ReadyVerdict> {
  const { head, number: own } = scene.pull;
  const others = (await ports.pulls.withHead(head.sha)).filter((number) => number !== own);
  const pulls = [await pullReadiness(ports, scene)];
  for (const number of others) {
    const pull = await ports.pulls.get(number);
    if (pull.state === 'open' && pull.head.sha === head.sha)
      pulls.push(await pullReadiness(ports, await readScene(ports, pull)));
  }
  return readyVerdict(pulls);
}

async function pullReadiness(ports: ScenePorts, { pull, assessment, ledger, records }: Scene): Promise<PullReadiness> {
  const { policy, policyChanges, models } = assessment;
  const now = instant(ports);
  const base = {
    number: pull.number,
    policyChanges,
    data: await unpassedData(ports, pull, assessment),
    hold: ledger === null ? null : activeHold(ledger.state, pull.number, now),
  };
  const failed = (status: 'errored' | 'truncated' | 'policy_unreadable', message: string): PullReadiness => ({
    ...base,
    plan: { status, message },
    models: [],
  });
  const complete = async (judged: Assessment, rest: Pick<PullReadiness, 'requirement' | 'models'>) => {
    const loosened = await unapprovedLoosenings(ports, pull, judged);
    return { ...base, plan: { status: 'complete' }, policyChanges: judged.policyChanges, loosened, ...rest } as const;
  };
  const [problem] = assessment.problems;
  if (problem !== undefined)
    return failed(policy.present && policy.config === null ? 'policy_unreadable' : 'errored', problem);
  if (changesPolicy(policyChanges))
    return complete(assessment, { requirement: await mergeRequirement(ports, pull, assessment, []), models: [] });
  const affected = models.some((model) => model.affected);
  if (pull.base.ref !== policy.branch)
    return affected
      ? failed('errored', `a merge into ${pull.base.ref} never promotes: only ${policy.branch} does`)
      : { ...base, plan: { status: 'complete' }, models: [] };
  const preview = await previewMerge(ports, pull, assessment);
  if (preview === null) {
    if (!affected) return complete(assessment, { models: [] });
    return failed(
      'errored',
      pull.mergeable === false
        ? 'the pull request is in conflict with its base'
        : `GitHub has not made the preview merge with the present head of ${policy.branch} yet; it is looked for again`,
    );
  }
  // Head and base may each be sound, and what git makes of both not.
  const [unsound] = preview.problems;
  if (unsound !== undefined) return failed('errored', `the merge would not be sound: ${unsound}`);
  if (changesPolicy(preview.policyChanges))
    return complete(preview, { requirement: await mergeRequirement(ports, pull, preview, []), models: [] });
  const wouldBe = preview.models.filter((model) => model.affected);
  if (wouldBe.length > 0 && ledger === null)
    return failed('errored', 'policy.signing.keys of the default branch names no key, so no evidence can be trusted');
  const affectedNames = wouldBe.map(({ name }) => name);
  const requirement = wouldBe.length === 0 ? null : await mergeRequirement(ports, pull, preview, affectedNames);
  const ready = ledger === null ? [] : modelReadiness({ policy, ledger, records, pull }, wouldBe, now);
  return complete(preview, { requirement, models: ready });
}

/** Each affected model with the run that the merge would promote, and what people and policy hold back of it. */
function modelReadiness(
  { policy, ledger, records, pull }: Pick<Scene, 'records' | 'pull'> & { policy: PolicySnapshot; ledger: Ledger },
  affected: readonly AssessedModel[],
  now: Instant,
): ModelReadiness[] {
  const windows = policy.config?.policy.freeze ?? [];
  return affected.flatMap(({ name, head }): ModelReadiness[] => {
    if (head.kind !== 'known') return [];
    const [first] = head.effective.config.promote.stages;
    return [
      {
        model: name,
        selection: selectFor(policy, ledger, records, head, pull),
        block: first === undefined ? null : stageBlock(ledger.state, windows, first, now),
        lock: activeLock(ledger.state, { kind: 'model', name }, now),
      },
    ];
  });
}

/** Changed datasets that are not known to meet their contract. A fork's are checked by nobody, and so never pass. */
export async function unpassedData(
  ports: Pick<Ports, 'inFlight'>,
  pull: Pick<PullRequest, 'head'>,
  { datasets }: Assessment,
): Promise<UnpassedData[]> {
  const states = await loadValidations(ports, pull.head.sha);
  return datasets.flatMap(({ name }): UnpassedData[] => {
    const state = states[name];
    if (state?.status !== 'done') return [{ dataset: name, status: 'running' }];
    return state.result.status === 'passed' ? [] : [{ dataset: name, status: state.result.status }];
  });
}

/** What the merge would change, in the tree that it would make (invariant 6); null while GitHub has not made it. */
async function previewMerge(ports: ScenePorts, pull: PullRequest, { policy }: Assessment): Promise<Assessment | null> {
  const { mergeCommit } = pull;
  if (pull.state !== 'open' || mergeCommit === null) return null;
  // GitHub makes it in the background: until then it shows the one with an older base or head.
  for (const parent of [policy.commit, pull.head.sha])
    if ((await ports.source.mergeBase(parent, mergeCommit)) !== parent) return null;
  return assess(policy, policy, await takeSnapshot(ports, mergeCommit));
}

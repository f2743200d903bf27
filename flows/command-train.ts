import type { TrainCommand } from '../core/commands/command.ts';
import { resolveTrain } from '../core/commands/resolve.ts';
import type { ParamValue } from '../core/config/schema.ts';
import { isFinal } from '../core/ledger/machine.ts';
import type { GitId, ParamName, RunId } from '../core/names.ts';
import { bind } from '../core/policy/binding.ts';
import type { EffectiveModel } from '../core/policy/effective.ts';
import { runRequest } from '../core/training/order.ts';
import { type Assessment, assessPullRequest } from './assessment.ts';
import { authorised, type CommandAnswer, type CommandContext, refusal } from './command.ts';
import { launchRun } from './launch.ts';
import { instant, type Ledger, loadLedger, loadRun, loadRuns } from './ledger.ts';
import { packageKept } from './package-store.ts';
import type { Ports } from './ports.ts';
import { deriveRunId, draftRun, type KnownModel, type RunDraft } from './run-draft.ts';

type Decision =
  | { readonly kind: 'refused'; readonly message: string }
  | {
      readonly kind: 'decided';
      readonly starts: readonly RunDraft[];
      readonly answers: readonly string[];
      readonly reused: number;
    };

/** `/train`: parsed already; authorised, bound to a commit, compared with earlier runs, accepted and dispatched here. */
export async function commandTrain(context: CommandContext<TrainCommand>): Promise<CommandAnswer> {
  const { ports, line } = context;
  const decision = await ports.steps.run(`decide line ${line}`, () => decide(context));
  if (decision.kind === 'refused') return refusal(decision.message);
  const answers: string[] = [...decision.answers];
  let failed = false;
  for (const draft of decision.starts) {
    const launched = await launchRun(ports, draft);
    failed ||= launched.kind === 'not_launched';
    answers.push(
      launched.kind === 'launched'
        ? `${draft.model}: run ${draft.run} was accepted`
        : `${draft.model}: ${launched.message}`,
    );
  }
  const message = answers.join('\n');
  if (failed) return { tone: 'refused', message, code: 'run_failed' };
  return { tone: 'ok', message, code: decision.starts.length > 0 ? 'run_accepted' : 'run_reused' };
}

async function decide(context: CommandContext<TrainCommand>): Promise<Decision> {
  const { ports, comment, pull, command } = context;
  const refuse = (message: string): Decision => ({ kind: 'refused', message });
  if (pull.state !== 'open') return refuse(`pull request #${pull.number} is closed`);
  const assessment = await assessPullRequest(ports, pull);
  const config = assessment.policy.config;
  if (config === null)
    return refuse('the default branch has no config that can be read, so nothing says who may train; merge one first');
  const allowed = await authorised(ports, 'train', comment.author, config.policy);
  if (!allowed.allowed) return refuse(allowed.reason);
  if (pull.fork)
    return refuse(
      'this pull request comes from a fork, and policy.forks is deny: push the branch to this repository to train it',
    );
  if (!assessment.policy.keys.some(({ keyid }) => keyid === ports.signer.keyid))
    return refuse(
      'policy.signing.keys of the default branch does not name the key that signs here, so no evidence could be trusted; add its public half first',
    );
  const bound = await bindCommand(context);
  if (!bound.ok) return refuse(bound.message);
  if (assessment.problems.length > 0) return refuse(`the plan is not complete: ${assessment.problems.join('; ')}`);
  const resolution = resolveTrain(command, trainContext(assessment));
  if (!resolution.ok) return refuse(resolution.problems.map(({ message }) => message).join('; '));
  return decideRuns(context, assessment, resolution.trainings);
}

async function bindCommand({
  ports,
  command,
  comment,
  pull,
}: CommandContext<TrainCommand>): Promise<ReturnType<typeof bind>> {
  const sightings = [...(await ports.inFlight.sightings(pull.number))];
  if (command.sha === pull.head.sha && !sightings.some(({ sha }) => sha === command.sha)) {
    // Its delivery was lost, or what was in flight was (invariant 10). Whoever types all of its digits means this head,
    // which GitHub shows us now; nobody else's word is bound by it, since it counts from now.
    const sighting = { pullRequest: pull.number, sha: pull.head.sha, headRepository: pull.head.repository };
    const now = { ...sighting, at: instant(ports), sender: '' };
    await ports.inFlight.recordSighting(now);
    sightings.push(now);
  }
  return bind({
    head: { sha: pull.head.sha, repository: pull.head.repository ?? '' },
    comment: { author: comment.author, createdAt: comment.createdAt },
    sightings: sightings.map(({ sha, headRepository, at, sender }) => ({
      sha,
      headRepository: headRepository ?? '',
      at,
      sender,
    })),
    ...(command.sha === null ? {} : { requestedSha: command.sha }),
  });
}

function trainContext(assessment: Assessment): Parameters<typeof resolveTrain>[1] {
  const known = assessment.models.flatMap(({ name, head }) =>
    head.kind === 'known' ? [[name, head.effective] as const] : [],
  );
  const affected = assessment.models
    .filter((model) => model.affected && model.head.kind === 'known')
    .map(({ name }) => name);
  return { models: new Map(known), affected };
}

interface Training {
  readonly model: EffectiveModel;
  readonly set: Readonly<Record<ParamName, ParamValue>>;
}

async function decideRuns(
  context: CommandContext<TrainCommand>,
  assessment: Assessment,
  trainings: readonly Training[],
): Promise<Decision> {
  const { ports, pull, command } = context;
  const { policy } = assessment;
  const [ledger, records] = await Promise.all([loadLedger(ports, policy), loadRuns(ports, policy)]);
  const active = records.filter(({ record }) => !isFinal(record.state));
  const starts: RunDraft[] = [];
  const answers: string[] = [];
  for (const training of trainings) {
    const draft = await draftFor(context, assessment, training);
    if (draft === null) continue;
    // Its own run of an earlier pass that broke off is launched to the end, not answered as somebody else's.
    const same = active.find(({ record }) => record.run !== draft.run && sameFingerprint(record, draft));
    const reusable = command.force ? null : await reusableRun(ports, assessment, ledger, draft);
    if (reusable !== null)
      answers.push(
        `${draft.model}: this fingerprint was trained before, by run ${reusable}; it is returned at no cost (--force trains anew)`,
      );
    else if (same !== undefined && !command.force)
      answers.push(`${draft.model}: run ${same.record.run} with this fingerprint is in progress`);
    else starts.push(draft);
  }
  const limit = policy.config?.policy.concurrency ?? 1;
  // A replayed delivery finds its own runs among the active ones: those take no second place.
  const others = active.filter(({ record }) => !starts.some((draft) => draft.run === record.run));
  if (starts.length > 0 && others.length + starts.length > limit)
    return {
      kind: 'refused',
      message: `${others.length} runs are in progress and policy.concurrency allows ${limit}: wait for one to end, or /cancel one (#${pull.number} would start ${starts.length})`,
    };
  return { kind: 'decided', starts, answers, reused: answers.length };
}

async function draftFor(
  { ports, comment, pull, line }: CommandContext<TrainCommand>,
  { policy, models }: Assessment,
  training: Training,
): Promise<RunDraft | null> {
  const assessed = models.find(({ name }) => name === training.model.name);
  if (assessed?.head.kind !== 'known') return null;
  const known: KnownModel = assessed.head;
  const { name: repository } = await ports.source.repository();
  return draftRun(policy, known, runRequest(known.effective, training.set), {
    run: deriveRunId(repository, comment.createdAt, `comment ${comment.id} line ${line} model ${assessed.name}`),
    repository,
    commit: pull.head.sha satisfies GitId,
    origin: { kind: 'pull_request', number: pull.number, commentId: comment.id, line },
    requestedBy: comment.author,
    trust: pull.fork ? 'fork' : 'member',
    policyChange: assessed.changesPolicy,
  });
}

function sameFingerprint(
  a: { fingerprint: RunDraft['fingerprint']; policy: RunDraft['policy'] },
  b: RunDraft,
): boolean {
  return (
    a.fingerprint.source === b.fingerprint.source &&
    a.fingerprint.request === b.fingerprint.request &&
    a.policy.digest === b.policy.digest
  );
}

/** An earlier run of this fingerprint, if its evidence is valid and its package still exists (invariant 7). */
async function reusableRun(
  ports: Ports,
  { policy }: Assessment,
  ledger: Ledger,
  draft: RunDraft,
): Promise<RunId | null> {
  const entered = ledger.state.findReusable(draft.fingerprint, draft.policy.digest, draft.trust);
  if (entered === null || entered.run === draft.run) return null;
  const found = await loadRun(ports, policy, entered.run);
  if (found === null || found.digest !== entered.record || found.record.state.state !== 'judged') return null;
  const { package: pack } = found.record.state;
  return pack !== null && (await packageKept(ports, pack)) ? entered.run : null;
}

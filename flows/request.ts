import { z } from 'zod';
import { readParam } from '../core/config/params.ts';
import { ParamValue } from '../core/config/schema.ts';
import { modelState } from '../core/ledger/fold.ts';
import { type GitId, type Instant, ModelName, ParamName, type RunId, StageName } from '../core/names.ts';
import { nextVersion, parseModelVersion } from '../core/promotion/gto.ts';
import { keysOf, valueAt } from '../core/records.ts';
import { runRequest } from '../core/training/order.ts';
import { authorised } from './command.ts';
import { FlowError } from './error.ts';
import { launchRun } from './launch.ts';
import { loadLedger, loadRuns } from './ledger.ts';
import { modelAt } from './model-at.ts';
import type { Outcome } from './outcome.ts';
import { PortError, type Ports } from './ports.ts';
import { promote } from './promote.ts';
import { reconcile } from './reconcile.ts';
import { deriveRunId, draftRun, type RunDraft } from './run-draft.ts';
import { selectFor } from './selection.ts';
import { showRequest } from './show-outcome.ts';
import { requireConfig, takePolicySnapshot } from './snapshot.ts';

/** What `repository_dispatch` carries for each of our event types. Anybody with write access can send anything. */
const Id = z.string().regex(/^[0-9A-Za-z-]{8,64}$/);
export const TrainRequest = z.strictObject({
  id: Id,
  model: ModelName,
  ref: z.string().max(256),
  set: z.record(ParamName, z.union([z.string().max(256), ParamValue])).default({}),
});
export const PromoteRequest = z.strictObject({ id: Id, version: z.string().max(100), stage: StageName });
export const ReconcileRequest = z.strictObject({
  id: Id,
  word: z.string().min(1).max(500),
  model: ModelName.optional(),
});

export interface RequestEvent {
  readonly type: 'train' | 'promote' | 'reconcile';
  readonly payload: Readonly<Record<string, unknown>>;
  readonly sender: string;
  readonly at: Instant;
}

/** Something asked for from a terminal, authorised by who sent it. The answer is a check on the default branch's head. */
export async function handleRequest(ports: Ports, event: RequestEvent): Promise<Outcome> {
  const id = Id.safeParse(event.payload['id']);
  const outcome = await answer(ports, event);
  if (id.success)
    await ports.steps.run('answer', () =>
      showRequest(ports, { id: id.data, type: event.type, sender: event.sender, outcome }),
    );
  return outcome;
}

async function answer(ports: Ports, event: RequestEvent): Promise<Outcome> {
  try {
    switch (event.type) {
      case 'train':
        return await trainBranch(ports, event);
      case 'promote':
        return await promoteVersion(ports, event);
      case 'reconcile':
        return await reconcileByWord(ports, event);
    }
  } catch (error) {
    if (error instanceof PortError && (error.code === 'unavailable' || error.code === 'rate_limited')) throw error;
    if (error instanceof FlowError || error instanceof PortError) return { code: 'refused', message: error.message };
    throw error;
  }
}

const refused = (message: string): Outcome => ({ code: 'refused', message });

async function parse<S extends z.ZodType>(schema: S, event: RequestEvent): Promise<z.infer<S>> {
  const parsed = schema.safeParse(event.payload);
  if (!parsed.success)
    throw new FlowError('not_possible', `the request can't be read: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

async function trainBranch(ports: Ports, event: RequestEvent): Promise<Outcome> {
  const request = await parse(TrainRequest, event);
  const draft = await ports.steps.run('decide', () => decideTrain(ports, event, request));
  if ('refused' in draft) return refused(draft.refused);
  const launched = await launchRun(ports, draft.draft);
  return launched.kind === 'launched'
    ? {
        code: 'run_accepted',
        message: `run ${launched.run} trains ${request.model} from ${request.ref}`,
        run: launched.run,
      }
    : { code: 'run_failed', message: launched.message, run: launched.run };
}

async function decideTrain(
  ports: Ports,
  event: RequestEvent,
  request: z.infer<typeof TrainRequest>,
): Promise<{ readonly refused: string } | { readonly draft: RunDraft }> {
  const policy = await takePolicySnapshot(ports);
  const allowed = await authorised(ports, 'train', event.sender, requireConfig(policy, 'the default branch').policy);
  if (!allowed.allowed) return { refused: allowed.reason };
  // Only the default branch: a run from it is under its own policy, so that its version can be promoted.
  if (request.ref !== policy.branch)
    return {
      refused: `only the default branch ${policy.branch} can be trained this way, not ${request.ref}; open a pull request for other code`,
    };
  const model = modelAt(policy, policy, request.model);
  if (model.kind === 'absent') return { refused: `there is no model ${request.model} in the config` };
  if (model.kind === 'invalid') return { refused: model.problems.join('; ') };
  const set = new Map<ParamName, ParamValue>();
  for (const name of keysOf(request.set)) {
    const spec = valueAt(model.effective.config.train.params, name);
    const read = spec === undefined ? null : readParam(spec, String(request.set[name]));
    if (read === null) return { refused: `${request.model} has no parameter ${name}` };
    if (!read.ok) return { refused: `${name}: ${read.reason}` };
    set.set(name, read.value);
  }
  const { name: repository } = await ports.source.repository();
  const derived = deriveRunId(repository, event.at, `request ${request.id}`);
  // Sent again, it comes in at another time: what follows the time in an id tells the request.
  const earlier = (await loadRuns(ports, policy)).find(({ record }) => record.run.slice(10) === derived.slice(10));
  const draft = draftRun(policy, model, runRequest(model.effective, Object.fromEntries(set)), {
    run: earlier?.record.run ?? derived,
    repository,
    commit: policy.commit,
    origin: { kind: 'branch', branch: policy.branch },
    requestedBy: event.sender,
    trust: 'member',
    policyChange: false,
  });
  return { draft };
}

type PromoteDecision =
  | { readonly kind: 'refused'; readonly message: string }
  | {
      readonly kind: 'promote';
      readonly run: RunId;
      readonly model: ModelName;
      readonly stage: StageName;
      readonly commit: GitId;
      readonly policyCommit: GitId;
    };

async function promoteVersion(ports: Ports, event: RequestEvent): Promise<Outcome> {
  const request = await parse(PromoteRequest, event);
  const decision = await ports.steps.run('decide', () => decidePromotion(ports, event, request));
  if (decision.kind === 'refused') return refused(decision.message);
  const promoted = await promote(ports, {
    ...decision,
    by: event.sender,
    reason: 'promote',
    operation: `request ${request.id}`,
  });
  return promoted.kind === 'frozen'
    ? { code: 'frozen', message: `${decision.model} is frozen: ${promoted.message}` }
    : { code: 'promoted', message: `${decision.model}@v${promoted.version} is in ${promoted.stage}` };
}

async function decidePromotion(
  ports: Ports,
  event: RequestEvent,
  request: z.infer<typeof PromoteRequest>,
): Promise<PromoteDecision> {
  const refuse = (message: string): PromoteDecision => ({ kind: 'refused', message });
  const policy = await takePolicySnapshot(ports);
  const allowed = await authorised(ports, 'promote', event.sender, requireConfig(policy, 'the default branch').policy);
  if (!allowed.allowed) return refuse(allowed.reason);
  const wanted = parseModelVersion(request.version);
  if (wanted === null) return refuse(`expected MODEL@vX.Y.Z, got ${request.version}`);
  const model = modelAt(policy, policy, wanted.model);
  if (model.kind !== 'known')
    return refuse(
      model.kind === 'absent' ? `there is no model ${wanted.model} in the config` : model.problems.join('; '),
    );
  const { stages } = model.effective.config.promote;
  if (!stages.includes(request.stage))
    return refuse(`${wanted.model} has the stages ${stages.join(', ')}, not ${request.stage}`);
  const ledger = await loadLedger(ports, policy);
  const state = modelState(ledger.state, wanted.model);
  const known = state.versions.find(({ version }) => version === wanted.version);
  const chosen = { kind: 'promote', model: wanted.model, stage: request.stage, policyCommit: policy.commit } as const;
  if (known !== undefined) return { ...chosen, run: known.run, commit: known.commit };
  // Frozen is said before all else: it is the reason that a person has to look into.
  if (state.frozen !== null) return refuse(`${wanted.model} is frozen: ${state.frozen.found}`);
  const next = nextVersion(state);
  if (next !== wanted.version)
    return refuse(`${wanted.model} has no version ${wanted.version}; the next one would be v${next}`);
  const selection = selectFor(policy, ledger, await loadRuns(ports, policy), model, null);
  if (selection.kind === 'candidate') return { ...chosen, run: selection.run.record.run, commit: policy.commit };
  const reasons = 'reasons' in selection ? `: ${selection.reasons.join('; ')}` : '';
  return refuse(
    `no candidate of ${wanted.model} matches ${policy.branch} (${selection.kind}${reasons}); train it with: trainyard train ${wanted.model} --ref ${policy.branch}`,
  );
}

async function reconcileByWord(ports: Ports, event: RequestEvent): Promise<Outcome> {
  const request = await parse(ReconcileRequest, event);
  const allowed = await ports.steps.run('authorise', async () => {
    const policy = await takePolicySnapshot(ports);
    return authorised(ports, 'reconcile', event.sender, requireConfig(policy, 'the default branch').policy);
  });
  if (!allowed.allowed) return refused(allowed.reason);
  return reconcile(ports, { by: event.sender, word: request.word, model: request.model ?? null });
}

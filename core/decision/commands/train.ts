import type { TrainCommand } from '../../commands/command.ts';
import type { ModelConfig } from '../../config/schema.ts';
import type { GitId, ModelName } from '../../names.ts';
import { machinesOf } from '../../policy/machines.ts';
import { moneyText } from '../../policy/money.ts';
import { entriesOf, valueAt } from '../../records.ts';
import type { TrainingAction } from '../action.ts';
import { affordable, resourced } from '../caps.ts';
import { boundCommit } from '../commit.ts';
import { allow, type Context, configOf, fact, modelsFact, refuse } from '../context.ts';
import type { AllowedDecision } from '../decision.ts';
import type { PullFact } from '../facts.ts';
import { forkApproved, notLocked, signerNamed, trustedLedger } from '../ledger.ts';
import { permitted } from '../permission.ts';
import { completePlan } from '../plan.ts';
import { forkAdmitted, openPull } from '../pull.ts';
import { required } from '../requirements.ts';
import type { Deciding } from '../steps.ts';
import { resolveTrainings } from '../trainings.ts';

export function* decideTrain(context: Context<TrainCommand>): Deciding<AllowedDecision> {
  const { command } = context;
  yield* permitted(context, { models: command.models });
  const pull = context.facts.comment.kind === 'request' ? null : yield* openPull(context);
  if (pull !== null) yield* forkAdmitted(context, pull);
  yield* signerNamed(context);
  const sha = pull === null ? null : yield* boundCommit(context, pull, command.sha);
  const ledger = yield* trustedLedger(context);
  if (pull !== null && sha !== null) yield* forkApproved(context, pull.fork, ledger, sha);
  const meant = yield* withReproduced(context, yield* withResumed(context, pull), { pull, sha });
  const plan = pull === null ? null : yield* completePlan(context);
  const models = meant.models.length > 0 ? meant.models : (plan?.affected ?? []);
  const grantedBy = yield* permitted(context, { models });
  yield* notLocked(context, ledger, { models });
  // What the default branch holds has been reviewed on its way there.
  if (pull !== null) yield* required(context, 'train', yield* configsOf(context, models));
  const asked = yield* resolveTrainings(context, meant, plan?.affected ?? []);
  const trainings: TrainingAction[] = [];
  for (const one of asked) trainings.push(yield* resourced(context, one, pull?.fork ?? false));
  const answered = yield* withEarlier(
    context,
    trainings,
    command.force || command.repro !== null || (pull?.fork ?? false),
  );
  const starts = answered.filter(({ earlier }) => earlier === null);
  yield* affordable(context, starts, pull?.number ?? null);
  return allow(context, {
    action: { kind: 'train', trainings: answered },
    grantedBy,
    sha,
    effects: [...answered.map((training) => effectOf(training, sha)), ...caveats(context, pull, plan?.policyChange)],
    reason: reasonOf(answered),
  });
}

/** A run whose checkpoints training begins with says by itself what is meant: its model, with what its own command chose. */
function* withResumed(context: Context<TrainCommand>, pull: PullFact | null): Deciding<TrainCommand> {
  const { command } = context;
  if (command.resume === null) return command;
  const runs = yield* fact(context, 'runs');
  const run = runs.find((one) => one.run === command.resume && one.pullRequest === (pull?.number ?? null));
  if (run === undefined)
    return yield* refuse(context, {
      reason: 'unknown_run',
      message: `expected a run of ${pull === null ? 'the default branch' : 'this pull request'} after --resume, got ${command.resume}, which is none`,
      expected: 'a run of its own',
      found: command.resume,
    });
  if (command.models.some((name) => name !== run.model))
    yield* refuse(context, {
      reason: 'bad_arguments',
      message: `run ${run.run} trained ${run.model}, and its checkpoints are for no other model. Leave out the models, or name ${run.model} alone.`,
      expected: run.model,
      found: command.models.join(', '),
      example: `/train ${run.model}`,
    });
  if (!run.checkpointsKept)
    yield* refuse(context, {
      reason: 'checkpoints_not_kept',
      message: `run ${run.run} left no checkpoints that training could begin with: runs on runners leave none, and a run on an engine has to have ended. Train anew without --resume.`,
      expected: 'a run with checkpoints',
      found: 'none kept',
      example: `/train ${run.model}`,
    });
  const set = entriesOf(run.set).map(([param, value]) => ({ param, text: String(value) }));
  return {
    ...command,
    models: [run.model],
    set: command.set.length > 0 ? command.set : set,
    gpu: command.gpu ?? run.gpu,
    engine: command.engine ?? run.engine,
  };
}

/**
 * A run that is reproduced says by itself what is trained: its model, with the parameters, the GPU and the engine that its
 * own command chose. Another head's run read other inputs, and to compare with it would say nothing.
 */
function* withReproduced(
  context: Context<TrainCommand>,
  command: TrainCommand,
  { pull, sha }: { readonly pull: PullFact | null; readonly sha: GitId | null },
): Deciding<TrainCommand> {
  const { repro } = command;
  if (repro === null) return command;
  const runs = yield* fact(context, 'runs');
  const run = runs.find((one) => one.run === repro && one.pullRequest === (pull?.number ?? null));
  if (run === undefined)
    return yield* refuse(context, {
      reason: 'unknown_run',
      message: `expected a run of ${pull === null ? 'the default branch' : 'this pull request'} after --repro, got ${repro}, which is none`,
      expected: 'a run of its own',
      found: repro,
    });
  if (command.models.some((name) => name !== run.model))
    return yield* refuse(context, {
      reason: 'bad_arguments',
      message: `run ${run.run} trained ${run.model}. Leave out the models, or name ${run.model} alone.`,
      expected: run.model,
      found: command.models.join(', '),
      example: `/train --repro ${run.run}`,
    });
  if (sha !== null && run.commit !== sha)
    return yield* refuse(context, {
      reason: 'head_moved',
      message: `run ${run.run} trained ${run.commit.slice(0, 12)}, and the head is ${sha.slice(0, 12)}: what would be trained now is something else. Train the head twice to see whether it reproduces.`,
      expected: `a run of ${sha.slice(0, 12)}`,
      found: `one of ${run.commit.slice(0, 12)}`,
      example: `/train ${run.model}`,
    });
  if (run.state !== 'candidate' && run.state !== 'held')
    return yield* refuse(context, {
      reason: 'bad_arguments',
      message: `run ${run.run} is ${run.state}, and has no judged outputs that another's could be compared with.`,
      expected: 'a judged run',
      found: run.state,
      example: '/status',
    });
  const set = entriesOf(run.set).map(([param, value]) => ({ param, text: String(value) }));
  return { ...command, models: [run.model], set, gpu: run.gpu, engine: run.engine };
}

/** Of each model, as base and head declare it. */
export function* configsOf(context: Context, names: readonly ModelName[]): Deciding<ModelConfig[]> {
  const base = yield* configOf(context);
  const { usable } = yield* modelsFact(context);
  return names.flatMap((name) => [valueAt(base.models, name) ?? [], usable.get(name)?.config ?? []].flat());
}

/** What has been trained before is answered with, and costs nothing; a fork's runs are nobody's to reuse. */
function* withEarlier(
  context: Context,
  trainings: readonly TrainingAction[],
  anew: boolean,
): Deciding<readonly TrainingAction[]> {
  if (anew) return trainings;
  const earlier = yield* fact(context, 'earlier', { trainings });
  return trainings.map((training) => ({ ...training, earlier: valueAt(earlier, training.model.name) ?? null }));
}

function reasonOf(trainings: readonly TrainingAction[]): AllowedDecision['reason'] {
  if (trainings.some(({ earlier }) => earlier === null)) return 'allowed';
  return trainings.some(({ earlier }) => earlier?.state === 'in_progress') ? 'in_progress' : 'reused';
}

export function effectOf(
  { model, set, gpu, gpus, engine, cap, earlier, reproduces, resume }: TrainingAction,
  sha: string | null,
): string {
  if (earlier !== null)
    return earlier.state === 'kept'
      ? `${model.name}: run ${earlier.run} had the same inputs and is returned at no cost; --force trains anew.`
      : `${model.name}: run ${earlier.run} with the same inputs is in progress.`;
  const values = entriesOf(set).map(([name, value]) => `${name}=${value}`);
  const parts = [
    ` from ${sha === null ? 'the default branch' : sha.slice(0, 12)}`,
    values.length === 0 ? '' : ` with ${values.join(', ')}`,
    placeOf(machinesOf(model.config.train.resources), gpu, gpus),
    engine === model.config.train.engine ? '' : ` by ${engine}`,
    cap === null ? '' : `, for at most ${moneyText(cap)}`,
    resume === null ? '' : `, from the last checkpoint of run ${resume} on`,
    reproduces === null ? '' : `, and compared with run ${reproduces}`,
  ];
  return `${model.name} is trained${parts.join('')}.`;
}

function placeOf(machines: number, gpu: string | null, gpus: number): string {
  const each = gpu === null ? '' : `${gpus} × ${gpu}`;
  if (machines === 1) return each === '' ? '' : ` on ${each}`;
  return ` on ${machines} machines${each === '' ? '' : ` with ${each} each`}`;
}

function caveats({ facts }: Context, pull: PullFact | null, policyChange: boolean | undefined): string[] {
  if (pull === null) return [];
  if (pull.fork) return ['It comes from a fork: its runs are never promoted and never reused.'];
  if (pull.base.ref !== facts.defaultBranch)
    return [`It is into ${pull.base.ref}, not ${facts.defaultBranch}: its merge promotes nothing.`];
  return policyChange === true ? ['It changes policy: its merge promotes nothing.'] : [];
}

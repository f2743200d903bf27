import type { RetryCommand } from '../../commands/command.ts';
import type { DatasetName, GitId, ModelName } from '../../names.ts';
import { entriesOf } from '../../records.ts';
import type { RetryRun, TrainingAction } from '../action.ts';
import { judgings, resourced, withinBudgets, withinConcurrency } from '../caps.ts';
import { boundCommit } from '../commit.ts';
import { allow, type Context, fact, refuse } from '../context.ts';
import type { AllowedDecision } from '../decision.ts';
import type { PullFact, RunFact } from '../facts.ts';
import { forkApproved, notLocked, signerNamed, trustedLedger } from '../ledger.ts';
import { permitted, permittedToTrainAgain } from '../permission.ts';
import { completePlan } from '../plan.ts';
import { forkAdmitted, openPull } from '../pull.ts';
import { required } from '../requirements.ts';
import { inProgress, inTarget, namedExists, newestAt, oneOf, runsOfPull, said } from '../runs.ts';
import type { Deciding } from '../steps.ts';
import { resolveTrainings } from '../trainings.ts';
import { configsOf, effectOf } from './train.ts';

/** Failed parts only: what failed to train is trained again, what failed to be judged is judged again. */
export function* decideRetry(context: Context<RetryCommand>): Deciding<AllowedDecision> {
  const { target } = context.command;
  yield* permitted(context, { models: target.kind === 'model' ? [target.model] : [] });
  const pull = yield* openPull(context);
  yield* forkAdmitted(context, pull);
  yield* signerNamed(context);
  const sha = yield* boundCommit(context, pull, context.command.sha);
  const ledger = yield* trustedLedger(context);
  yield* forkApproved(context, pull.fork, ledger, sha);
  const { runs, datasets } = yield* failedParts(context, pull, sha);
  const models = runs.map(({ model }) => model);
  const grantedBy = yield* permitted(context, { models });
  yield* notLocked(context, ledger, { models });
  const retried: RetryRun[] = [];
  for (const run of runs) retried.push(yield* retriedRun(context, run, pull));
  const trainings = retried.flatMap(({ training }) => training ?? []);
  yield* permittedToTrainAgain(
    context,
    trainings.map(({ model }) => model.name),
  );
  if (trainings.length > 0)
    yield* required(
      context,
      'train',
      yield* configsOf(
        context,
        trainings.map(({ model }) => model.name),
      ),
    );
  yield* withinConcurrency(context, retried.length);
  const judged = retried.filter(({ how }) => how === 'judge').map(({ model }) => model);
  yield* withinBudgets(context, [...trainings, ...(yield* judgings(context, judged))], pull.number);
  return allow(context, {
    action: { kind: 'retry', runs: retried, datasets },
    grantedBy,
    sha,
    effects: [...retried.map((run) => effect(run, sha)), ...datasets.map((name) => `${name} is checked again.`)],
  });
}

interface FailedParts {
  readonly runs: readonly RunFact[];
  readonly datasets: readonly DatasetName[];
}

function* failedParts(context: Context<RetryCommand>, pull: PullFact, sha: GitId): Deciding<FailedParts> {
  const { target } = context.command;
  const all = yield* runsOfPull(context, pull.number);
  yield* namedExists(context, target, all);
  const runs = newestAt(all, sha).filter((run) => inTarget(run, target) && isFailed(run, target.kind));
  yield* oneOf(context, target, runs);
  // The data of a fork is not checked here, so nothing of it can have failed; and only an App has checks begun again.
  const whole = (target.kind === 'only' || target.kind === 'all') && !pull.fork && context.facts.app;
  const datasets = whole ? yield* fact(context, 'validations') : [];
  if (runs.length > 0 || datasets.length > 0) return { runs, datasets };
  const newest = all.find((run) => inTarget(run, target));
  return yield* refuse(context, {
    reason: 'nothing_to_retry',
    message: `expected something that failed at the head ${sha.slice(0, 12)}, but ${found(newest, sha)}.`,
    expected: `a failed run or check of ${sha.slice(0, 12)}`,
    found: newest === undefined ? 'no run' : said(newest),
    example: newest === undefined || newest.commit !== sha ? '/train' : '/status',
  });
}

/** What was cancelled is begun again only by its name: somebody had meant it to end. */
function isFailed({ state }: RunFact, kind: RetryCommand['target']['kind']): boolean {
  return state === 'failed' || (state === 'cancelled' && (kind === 'run' || kind === 'model'));
}

function found(newest: RunFact | undefined, sha: GitId): string {
  if (newest === undefined) return 'there is no run. Train it first';
  if (newest.commit !== sha)
    return `the newest run is ${said(newest)} of ${newest.commit.slice(0, 12)}. Train the head`;
  if (inProgress(newest)) return `${said(newest)} is the newest run. Wait for it, or cancel it`;
  if (newest.state === 'held') return `${said(newest)} is held by what judged it. Look at its check`;
  if (newest.state === 'cancelled') return `${said(newest)} was cancelled. Name it to begin it again`;
  return `${said(newest)} is the newest run`;
}

function* retriedRun(context: Context, run: RunFact, pull: PullFact): Deciding<RetryRun> {
  const judge = run.state === 'failed' && run.failedAt === 'judging' && run.artifactsKept && context.facts.app;
  if (judge) return { run: run.run, model: run.model, how: 'judge', training: null };
  return { run: run.run, model: run.model, how: 'train', training: yield* sameTraining(context, run, pull) };
}

/** The same request again, by policy as it is now: it may have changed since. */
function* sameTraining(context: Context, run: RunFact, pull: PullFact): Deciding<TrainingAction> {
  const { affected } = yield* completePlan(context);
  const models: ModelName[] = [run.model];
  const set = entriesOf(run.set).map(([param, value]) => ({ param, text: String(value) }));
  const command = {
    name: 'train',
    models,
    set,
    gpu: run.gpu,
    engine: run.engine,
    resume: null,
    repro: null,
    force: true,
    sha: null,
  } as const;
  const [asked] = yield* resolveTrainings(context, command, affected);
  if (asked !== undefined) return yield* resourced(context, asked, pull.fork);
  return yield* refuse(context, {
    reason: 'unknown_model',
    message: `run ${run.run} trained ${run.model}, which the head’s config no longer has`,
  });
}

function effect({ run, model, training }: RetryRun, sha: GitId): string {
  return training === null
    ? `${model}: what run ${run} trained is judged again.`
    : `In place of run ${run}, ${effectOf(training, sha)}`;
}

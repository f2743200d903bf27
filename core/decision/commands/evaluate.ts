import type { EvaluateCommand } from '../../commands/command.ts';
import type { GitId, ModelName } from '../../names.ts';
import { valueAt } from '../../records.ts';
import { judgings, withinBudgets, withinConcurrency } from '../caps.ts';
import { boundCommit } from '../commit.ts';
import { allow, type Context, configOf, refuse } from '../context.ts';
import type { AllowedDecision } from '../decision.ts';
import type { RunFact } from '../facts.ts';
import { forkApproved, notLocked, signerNamed, trustedLedger } from '../ledger.ts';
import { permitted } from '../permission.ts';
import { dispatchable, forkAdmitted, openPull } from '../pull.ts';
import { inProgress, inTarget, namedExists, newestAt, oneOf, runsOfPull, said } from '../runs.ts';
import type { Deciding } from '../steps.ts';

export function* decideEvaluate(context: Context<EvaluateCommand>): Deciding<AllowedDecision> {
  const { target } = context.command;
  yield* permitted(context, { models: target.kind === 'model' ? [target.model] : [] });
  const pull = yield* openPull(context);
  yield* forkAdmitted(context, pull);
  yield* dispatchable(context, 'Comment /train with --force to train and judge anew.');
  yield* signerNamed(context);
  const sha = yield* boundCommit(context, pull, context.command.sha);
  const ledger = yield* trustedLedger(context);
  yield* forkApproved(context, pull.fork, ledger, sha);
  const runs = yield* runsMeant(context, yield* runsOfPull(context, pull.number), sha);
  const models = runs.map(({ model }) => model);
  const grantedBy = yield* permitted(context, { models });
  yield* notLocked(context, ledger, { models });
  for (const model of models) yield* hasEvaluator(context, model);
  yield* withinConcurrency(context, runs.length);
  yield* withinBudgets(context, yield* judgings(context, models), pull.number);
  return allow(context, {
    action: { kind: 'evaluate', runs: runs.map(({ run, model }) => ({ run, model })) },
    grantedBy,
    sha,
    effects: runs.map(({ run, model }) => `${model}: what run ${run} trained is judged again, by policy as it is now.`),
  });
}

/** The newest run of each model whose trained artifacts are there to be judged. */
function* runsMeant(
  context: Context<EvaluateCommand>,
  runs: readonly RunFact[],
  sha: GitId,
): Deciding<readonly RunFact[]> {
  const { target } = context.command;
  yield* namedExists(context, target, runs);
  const trained = runs.filter((run) => isTrained(run) && run.artifactsKept && inTarget(run, target));
  const found = newestAt(trained, sha);
  yield* oneOf(context, target, found);
  if (found.length > 0) return found;
  const others = runs.filter((run) => inTarget(run, target));
  const active = others.find(inProgress);
  const what = active ?? others[0];
  return yield* refuse(context, {
    reason: 'nothing_to_evaluate',
    message: `expected a run of the head ${sha.slice(0, 12)} that has trained and whose artifacts are kept, but there is ${
      what === undefined ? 'no run' : `only ${said(what)} of ${what.commit.slice(0, 12)}`
    }. ${active === undefined ? 'Train it first.' : 'Wait for it: it is judged when it has trained.'}`,
    expected: `trained artifacts of ${sha.slice(0, 12)}`,
    found: what === undefined ? 'no run' : said(what),
    example: active === undefined ? `/train${target.kind === 'model' ? ` ${target.model}` : ''}` : '/status',
  });
}

function isTrained({ state, failedAt }: RunFact): boolean {
  return state === 'candidate' || state === 'held' || (state === 'failed' && failedAt === 'judging');
}

function* hasEvaluator(context: Context, model: ModelName): Deciding<void> {
  const { models, policy } = yield* configOf(context);
  if (policy.metrics === 'self-reported' || valueAt(models, model)?.evaluate !== undefined) return;
  yield* refuse(context, {
    reason: 'nothing_to_evaluate',
    message: `the default branch has no evaluator for ${model}: merge one first, and its run is judged by it`,
    expected: `models.${model}.evaluate on the default branch`,
    found: 'none',
    example: null,
  });
}

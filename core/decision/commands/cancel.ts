import type { CancelCommand } from '../../commands/command.ts';
import { allow, type Context, refuse } from '../context.ts';
import type { AllowedDecision } from '../decision.ts';
import type { RunFact } from '../facts.ts';
import { permitted } from '../permission.ts';
import { pullOf } from '../pull.ts';
import { inProgress, inTarget, namedExists, oneOf, runsOfPull, said } from '../runs.ts';
import type { Deciding } from '../steps.ts';

/**
 * Ending a run is always safe: it works on closed pull requests and forks, binds to no commit and asks nothing of the
 * ledger's freezes and locks.
 */
export function* decideCancel(context: Context<CancelCommand>): Deciding<AllowedDecision> {
  const { target } = context.command;
  yield* permitted(context, { models: target.kind === 'model' ? [target.model] : [] });
  const pull = yield* pullOf(context);
  const all = yield* runsOfPull(context, pull.number);
  yield* namedExists(context, target, all);
  const meant = all.filter((run) => inTarget(run, target));
  const runs = meant.filter(inProgress);
  yield* oneOf(context, target, runs);
  if (runs.length === 0) yield* nothing(context, meant);
  const grantedBy = yield* permitted(context, { models: runs.map(({ model }) => model) });
  return allow(context, {
    action: { kind: 'cancel', runs: runs.map(({ run }) => run) },
    grantedBy,
    sha: null,
    effects: runs.map(({ run, model }) => `${model}: run ${run} is stopped, and cancelled once its job is gone.`),
  });
}

function* nothing(context: Context<CancelCommand>, meant: readonly RunFact[]): Deciding<never> {
  const [run] = meant;
  const { target } = context.command;
  const ended = run !== undefined && target.kind === 'run';
  const where =
    target.kind === 'model' ? `${target.model} has none on this pull request` : 'this pull request has none';
  return yield* refuse(context, {
    reason: ended ? 'run_ended' : 'nothing_to_cancel',
    message: ended
      ? `expected a run in progress, but ${said(run)} has ended`
      : `expected a run in progress, but ${where}${run === undefined ? '' : `; the newest is ${said(run)}`}`,
    expected: 'a run in progress',
    found: run === undefined ? 'none' : said(run),
    example: '/status',
  });
}

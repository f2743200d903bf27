import type { OverrideCommand } from '../../commands/command.ts';
import type { GitId } from '../../names.ts';
import { sameLogin } from '../../policy/identity.ts';
import { keysOf, valueAt } from '../../records.ts';
import { suggestion } from '../../suggest.ts';
import { boundCommit, lastPusherOf, pushersOf } from '../commit.ts';
import { allow, type Context, configOf, listed, refuse } from '../context.ts';
import type { AllowedDecision } from '../decision.ts';
import { lineOf } from '../examples.ts';
import type { PullFact, RunFact } from '../facts.ts';
import { notLocked, signerNamed, trustedLedger } from '../ledger.ts';
import { permitted } from '../permission.ts';
import { notAFork, openPull } from '../pull.ts';
import { newestAt, runsOfPull, said } from '../runs.ts';
import type { Deciding } from '../steps.ts';

/** Makes a held run a candidate where nothing but metric gates holds it. It stands in the evidence for ever. */
export function* decideOverride(context: Context<OverrideCommand>): Deciding<AllowedDecision> {
  const { gate, reason } = context.command;
  yield* permitted(context, { models: gate.model === null ? [] : [gate.model] });
  yield* hasReason(context);
  const pull = yield* openPull(context);
  yield* notAFork(context, pull, 'its runs are never promoted, whatever gates say');
  yield* signerNamed(context);
  yield* isGate(context);
  const sha = yield* boundCommit(context, pull, context.command.sha);
  yield* notByAuthor(context, pull);
  const ledger = yield* trustedLedger(context);
  const run = yield* heldRun(context, yield* runsOfPull(context, pull.number), sha);
  const grantedBy = yield* permitted(context, { models: [run.model] });
  yield* notLocked(context, ledger, { models: [run.model] });
  const { metric } = gate;
  const others = run.failedGates.filter((name) => name !== metric);
  return allow(context, {
    action: { kind: 'override', run: run.run, model: run.model, metric, reason },
    grantedBy,
    sha,
    effects: [
      `The gate ${metric} of run ${run.run} (${run.model}) is overridden, for this head and this policy only. It stands in the evidence.`,
      ...(others.length === 0 ? [] : [`Other gates still hold the run: ${listed(others)}.`]),
    ],
  });
}

function* hasReason(context: Context<OverrideCommand>): Deciding<void> {
  if (context.command.reason.trim() !== '') return;
  const { gate } = context.command;
  yield* refuse(context, {
    reason: 'reason_missing',
    message: `expected a reason after the gate ${gate.metric}: it stands in the evidence for ever`,
    expected: 'a reason',
    found: 'none',
    example: lineOf({ ...context.command, reason: 'accepted for the pilot' }),
  });
}

/** What is judged beside the gates, and never overridden. */
const NO_GATES: readonly string[] = (
  'approval approvals budget code_owners codeowners contract data evidence fork freeze hold holdout label labels ledger ' +
  'lock policy ready require scan signature signing validation verification'
).split(' ');

/** Gates are policy: those of the default branch. */
function* isGate(context: Context<OverrideCommand>): Deciding<void> {
  const { gate } = context.command;
  const { models } = yield* configOf(context);
  const asked = gate.model === null ? keysOf(models) : [gate.model];
  const gates = [...new Set(asked.flatMap((name) => keysOf(valueAt(models, name)?.gates ?? {})))];
  if (gates.includes(gate.metric)) return;
  if (NO_GATES.includes(gate.metric.toLowerCase()))
    yield* refuse(context, {
      reason: 'not_overridable',
      message: `expected the metric of a gate (${listed(gates) || 'there is none'}), got ${gate.metric}: a scan, a signature and policy are never overridden`,
      expected: listed(gates) || 'a gate',
      found: gate.metric,
    });
  if (gate.model !== null && valueAt(models, gate.model) === undefined)
    yield* refuse(context, {
      reason: 'unknown_model',
      message: `expected a model of the default branch (${listed(keysOf(models)) || 'there is none'}), got "${gate.model}"${suggestion(gate.model, keysOf(models))}`,
      expected: listed(keysOf(models)) || 'a model',
      found: gate.model,
    });
  yield* refuse(context, {
    reason: 'unknown_gate',
    message: `expected the metric of a gate (${listed(gates) || 'there is none'}), got "${gate.metric}"${suggestion(gate.metric, gates)}`,
    expected: listed(gates) || 'a gate',
    found: gate.metric,
  });
}

/** Whose work it is does not judge it: neither who opened the pull request nor who pushed its head. */
function* notByAuthor(context: Context<OverrideCommand>, pull: PullFact): Deciding<void> {
  const { author } = context.facts.comment;
  const pushers = yield* pushersOf(context, pull);
  const refused = (message: string, found: string) =>
    refuse(context, {
      reason: 'override_by_author',
      message: `${message}. Ask somebody else who may override.`,
      expected: `neither ${pull.author} nor who pushed the head`,
      found,
      example: null,
    });
  if (sameLogin(author, pull.author)) yield* refused(`${author} opened this pull request`, 'its author');
  if (pushers.some((pusher) => sameLogin(pusher, author)))
    yield* refused(`${author} pushed the head ${pull.head.sha.slice(0, 12)}`, 'who pushed its head');
  if ((yield* lastPusherOf(context, pull)) === null)
    yield* refuse(context, {
      reason: 'head_not_sighted',
      message: `who pushed the head ${pull.head.sha.slice(0, 12)} is not clear from the deliveries, and whoever did cannot override. Push a new head, and have it judged.`,
      expected: 'a head whose pusher is known',
      found: 'nobody known',
      example: null,
    });
}

function* heldRun(context: Context<OverrideCommand>, runs: readonly RunFact[], sha: GitId): Deciding<RunFact> {
  const { gate } = context.command;
  const { metric, model } = gate;
  const judged = newestAt(runs, sha).filter((run) => model === null || run.model === model);
  const failed = judged.filter((run) => run.state === 'held' && run.failedGates.includes(metric));
  const [run] = failed;
  if (run === undefined)
    return yield* refuse(context, {
      reason: 'gate_not_failed',
      message: `expected a run of the head ${sha.slice(0, 12)} that is held by the gate ${metric}, but there is ${
        judged.length === 0 ? 'no run of it' : `only ${listed(judged.map(stateOf), 5)}`
      }`,
      expected: `a run that ${metric} holds`,
      found: judged.length === 0 ? 'no run' : listed(judged.map(stateOf), 2),
      example: '/status',
    });
  if (failed.length > 1)
    yield* refuse(context, {
      reason: 'several_runs',
      message: `the gate ${metric} holds runs of several models: ${listed(failed.map(({ model }) => `${model}/${metric}`))}. Name one.`,
      expected: 'model/metric',
      found: metric,
      example: lineOf({ ...context.command, gate: { model: run.model, metric } }),
    });
  if (run.heldByOther)
    yield* refuse(context, {
      reason: 'not_overridable',
      message: `${said(run)} is held by more than gates: a scan, a signature, the evaluation or policy, and these are never overridden. Its check says what.`,
      expected: 'a run that nothing but gates holds',
      found: 'other findings',
      example: '/status',
    });
  return run;
}

function stateOf(run: RunFact): string {
  return run.failedGates.length === 0 ? said(run) : `${said(run)}, by ${listed(run.failedGates, 5)}`;
}

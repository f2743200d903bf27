import { whenAborted } from './cancellation.ts';
import { messageOf } from './errors.ts';
import { evaluateCondition, interpolate, interpolateMap, interpolateText } from './expression.ts';
import type { Conclusion } from './host.ts';
import type { StepContext, StepResult } from './step-context.ts';
import { StepOutput } from './step-output.ts';
import { executeRun } from './step-run.ts';
import { expressionScope, type StepRecord, type StepScope } from './step-scope.ts';
import { executeUses } from './step-uses.ts';
import { isTruthy } from './values.ts';
import type { Step } from './workflow.ts';

/** Runs one step: condition, body, timeout, cancellation. Never throws: what goes wrong fails the step. */
export async function runStep(
  scope: StepScope,
  step: Step,
  number: number,
  started: (name: string) => void,
): Promise<StepRecord> {
  const { runtime } = scope;
  const env: Record<string, string> = { ...scope.env };
  try {
    Object.assign(env, interpolateMap(step.env, expressionScope(scope, scope.env)));
    if (!evaluateCondition(step.if, expressionScope(scope, env, true))) return remember(scope, step, skippedRecord());
  } catch (error) {
    started(step.name ?? defaultName(step));
    runtime.log.error(messageOf(error));
    return remember(scope, step, { outputs: {}, outcome: 'failure', conclusion: 'failure' });
  }
  started(stepName(scope, step, env));
  const watch = watchStep(scope, step, env);
  const output = new StepOutput(runtime.log, runtime.debug);
  const runInner = (inner: StepScope, nested: Step): Promise<StepRecord> =>
    runStep(inner, nested, number, () => undefined);
  let result: StepResult;
  try {
    const named = { ...scope, github: { ...scope.github, action: step.id ?? defaultAction(step) } };
    result = await execute(step, { scope: named, number, env, signal: watch.signal, output, runInner });
  } catch (error) {
    result = { outputs: {}, error: messageOf(error) };
  } finally {
    watch.stop();
  }
  return remember(scope, step, conclude(scope, step, env, result, watch.signal));
}

function execute(step: Step, context: StepContext): Promise<StepResult> {
  return step.kind === 'run' ? executeRun(step, context) : executeUses(step, context);
}

function conclude(
  scope: StepScope,
  step: Step,
  env: Record<string, string>,
  result: StepResult,
  signal: AbortSignal,
): StepRecord {
  const { runtime } = scope;
  if (signal.aborted && signal.reason !== 'timeout') {
    runtime.log.error('The operation was canceled.');
    return { outputs: result.outputs, outcome: 'cancelled', conclusion: 'cancelled' };
  }
  const timedOut = signal.aborted
    ? `The action '${stepName(scope, step, env)}' has timed out after its timeout-minutes.`
    : undefined;
  const error = timedOut ?? result.error;
  if (error === undefined) return { outputs: result.outputs, outcome: 'success', conclusion: 'success' };
  runtime.log.error(error);
  const tolerated = toleratesFailure(scope, step, env);
  return { outputs: result.outputs, outcome: 'failure', conclusion: tolerated ? 'success' : 'failure' };
}

function toleratesFailure(scope: StepScope, step: Step, env: Record<string, string>): boolean {
  try {
    return isTruthy(interpolate(step.continueOnError, expressionScope(scope, env)));
  } catch (error) {
    scope.runtime.log.error(messageOf(error));
    return false;
  }
}

function skippedRecord(): StepRecord {
  return { outputs: {}, outcome: 'skipped', conclusion: 'skipped' };
}

function remember(scope: StepScope, step: Step, record: StepRecord): StepRecord {
  if (step.id !== undefined) scope.steps.set(step.id, record);
  if (failed(record.conclusion)) scope.failed = true;
  return record;
}

function failed(conclusion: Conclusion): boolean {
  return conclusion === 'failure' || conclusion === 'cancelled';
}

/**
 * The signal that ends a step: its timeout, a forced cancellation, or a cancellation that its condition does not want to
 * outlive (`always()` and `cancelled()` do).
 */
function watchStep(
  scope: StepScope,
  step: Step,
  env: Record<string, string>,
): { signal: AbortSignal; stop: () => void } {
  const { cancellation, options } = scope.runtime;
  const controller = new AbortController();
  let over = false;
  const abort = (reason: string): void => {
    if (!over) controller.abort(reason);
  };
  const { signal: outer } = scope;
  if (outer !== undefined) whenAborted(outer, () => abort(String(outer.reason)));
  whenAborted(cancellation.forced, () => abort('force'));
  if (!cancellation.requested) {
    cancellation.onCancel(() => {
      if (!wantsToOutlive(scope, step, env)) abort('cancel');
    });
  }
  const timer = startTimer(timeoutOf(scope, step, env), options.minute, () => abort('timeout'));
  return {
    signal: controller.signal,
    stop: () => {
      over = true;
      clearTimeout(timer);
    },
  };
}

function wantsToOutlive(scope: StepScope, step: Step, env: Record<string, string>): boolean {
  try {
    return evaluateCondition(step.if, expressionScope(scope, env, true));
  } catch {
    return false;
  }
}

function timeoutOf(scope: StepScope, step: Step, env: Record<string, string>): number | undefined {
  if (step.timeoutMinutes === undefined) return undefined;
  const minutes = Number(interpolate(step.timeoutMinutes, expressionScope(scope, env)));
  return Number.isFinite(minutes) && minutes > 0 ? minutes : undefined;
}

/** Timers longer than 2^31 ms fire at once, so such a timeout is none. */
export function startTimer(minutes: number | undefined, minute: number, fire: () => void): NodeJS.Timeout | undefined {
  if (minutes === undefined || minutes * minute >= 2 ** 31) return undefined;
  return setTimeout(fire, minutes * minute);
}

/** The name that the log and the API show. */
function stepName(scope: StepScope, step: Step, env: Record<string, string>): string {
  if (step.name === undefined) return defaultName(step);
  try {
    return interpolateText(step.name, expressionScope(scope, env));
  } catch {
    return step.name; // as GitHub shows it
  }
}

/** `github.action` of a step without id. */
function defaultAction(step: Step): string {
  return step.kind === 'run' ? '__run' : `__${step.uses.replace(/@.*$/, '').replaceAll(/[^\w-]+/g, '_')}`;
}

export function defaultName(step: Step): string {
  if (step.kind === 'uses') return `Run ${step.uses}`;
  return `Run ${step.run.trimStart().split('\n', 1)[0] ?? ''}`;
}

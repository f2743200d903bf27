import type { RunTarget } from '../commands/command.ts';
import type { GitId, ModelName } from '../names.ts';
import { keysOf } from '../records.ts';
import { suggestion } from '../suggest.ts';
import { type Context, configOf, fact, listed, refuse } from './context.ts';
import type { RunFact } from './facts.ts';
import type { Deciding } from './steps.ts';

export function inProgress({ state }: RunFact): boolean {
  return state === 'accepted' || state === 'training' || state === 'judging';
}

type Accepted = Pick<RunFact, 'run' | 'acceptedAt'>;

/** Runs of this pull request, the newest first. */
export function* runsOfPull(context: Context, pullRequest: number): Deciding<RunFact[]> {
  const runs = yield* fact(context, 'runs');
  return runs.filter((run) => run.pullRequest === pullRequest).sort(newestFirst);
}

/** By the time of acceptance, and by id within a second: ids sort by time, too. */
export function newestFirst(a: Accepted, b: Accepted): number {
  const [left, right] = [`${a.acceptedAt} ${a.run}`, `${b.acceptedAt} ${b.run}`];
  return left < right ? 1 : left > right ? -1 : 0;
}

/** The newest run of each model at a commit. What an older one came to says nothing of the head any more. */
export function newestAt(runs: readonly RunFact[], commit: GitId): RunFact[] {
  const seen = new Set<ModelName>();
  return runs.filter((run) => {
    if (run.commit !== commit || seen.has(run.model)) return false;
    seen.add(run.model);
    return true;
  });
}

export function inTarget(run: RunFact, target: RunTarget): boolean {
  switch (target.kind) {
    case 'only':
    case 'all':
      return true;
    case 'run':
      return run.run === target.run;
    case 'model':
      return run.model === target.model;
  }
}

/**
 * A run that is named must be one of this pull request: another's is refused as if it were not there. A model must have a
 * run here, or be one of the default branch's, so that a typo is told from a model with nothing to do.
 */
export function* namedExists(context: Context, target: RunTarget, runs: readonly RunFact[]): Deciding<void> {
  if (target.kind === 'model') yield* namedModelExists(context, target.model, runs);
  if (target.kind !== 'run' || runs.some(({ run }) => run === target.run)) return;
  yield* refuse(context, {
    reason: 'unknown_run',
    message: `this pull request has no run ${target.run}; it has ${runs.length === 0 ? 'none' : listed(runs.map(said), 5)}`,
    expected: 'a run of this pull request',
    found: target.run,
    example: '/status',
  });
}

function* namedModelExists(context: Context, name: ModelName, runs: readonly RunFact[]): Deciding<void> {
  const { models } = yield* configOf(context);
  const known = [...new Set([...keysOf(models), ...runs.map(({ model }) => model)])];
  if (known.includes(name)) return;
  yield* refuse(context, {
    reason: 'unknown_model',
    message: `expected a run, all, or a model that the default branch or a run of this pull request has (${listed(known) || 'there is none'}), got "${name}"${suggestion(name, known)}`,
    expected: listed(known) || 'a model',
    found: name,
    example: `/${context.command.name} all`,
  });
}

/** Where a command that names nothing could mean several runs. */
export function* oneOf(context: Context, target: RunTarget, runs: readonly RunFact[]): Deciding<void> {
  const [first] = runs;
  if (target.kind !== 'only' || runs.length < 2 || first === undefined) return;
  const name = context.command.name;
  yield* refuse(context, {
    reason: 'several_runs',
    message: `${runs.length} runs can be meant: ${listed(runs.map(said), 5)}. Name one, a model, or all.`,
    expected: 'a run, a model or all',
    found: `${runs.length} runs`,
    example: `/${name} ${first.run}`,
  });
}

/** `flight-delay 01J… (held)`. */
export function said({ model, run, state }: RunFact): string {
  return `${model} ${run} (${state})`;
}

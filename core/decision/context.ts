import type { Command } from '../commands/command.ts';
import type { PolicyConfig } from '../config/policy.ts';
import type { Config } from '../config/schema.ts';
import type { ModelName } from '../names.ts';
import type { Action, TrainingAction } from './action.ts';
import type { AllowedDecision } from './decision.ts';
import { exampleOf, lineOf } from './examples.ts';
import type { FACT_NAMES, FactName, Facts } from './facts.ts';
import type { Reason } from './reasons.ts';
import type { BasePolicy, DecisionRequest, ModelsFact } from './request.ts';
import { type Deciding, stop } from './steps.ts';

/** One command under decision. */
export interface Context<C extends Command = Command> {
  readonly command: C;
  readonly request: DecisionRequest;
  readonly facts: Facts;
  /** The mark of its effects. */
  readonly operation: string;
}

export interface Refusal {
  readonly reason: Reason;
  /** Expected, found and what to do, in words and unescaped. */
  readonly message: string;
  readonly expected?: string;
  readonly found?: string;
  /** A line that would work; left out, the command's own example. null where no line would. */
  readonly example?: string | null;
}

export interface Permit {
  readonly action: Action;
  readonly grantedBy: string;
  readonly sha: string | null;
  /** One sentence for each thing that will be done. */
  readonly effects: readonly string[];
  readonly reason?: AllowedDecision['reason'];
}

export function allow(context: Context, permit: Permit): AllowedDecision {
  const { action, effects, grantedBy, reason = 'allowed', sha } = permit;
  const message = effects.join(' ');
  return { verdict: 'allowed', command: context.command.name, reason, message, grantedBy, sha, effects, action };
}

export function* refuse(context: Context, refusal: Refusal): Deciding<never> {
  const { expected = null, found = null, message, reason } = refusal;
  const command = context.command.name;
  const example = refusal.example === undefined ? exampleOf(command, context.request) : refusal.example;
  return yield* stop({ verdict: 'refused', command, reason, message, expected, found, example });
}

export function* ignore(reason: Reason, message: string): Deciding<never> {
  return yield* stop({ verdict: 'ignored', reason, message });
}

type OnDemand = (typeof FACT_NAMES)[number];

/** A fact, or the end of the decision until it is known. */
export function* fact<N extends OnDemand>(
  context: Context,
  name: N,
  about: { readonly trainings?: readonly TrainingAction[]; readonly models?: readonly ModelName[] } = {},
): Deciding<NonNullable<Facts[N]>> {
  yield* available(context, name);
  const value = context.facts[name];
  if (value !== undefined && value !== null) return value;
  return yield* stop({
    verdict: 'needs',
    facts: [name],
    trainings: about.trainings ?? [],
    models: about.models ?? [],
  });
}

export function* baseOf(context: Context): Deciding<BasePolicy> {
  yield* available(context, 'base');
  return context.request.base ?? (yield* needs('base'));
}

export function* modelsFact(context: Context): Deciding<ModelsFact> {
  yield* available(context, 'models');
  return context.request.models ?? (yield* needs('models'));
}

function* needs(name: FactName): Deciding<never> {
  return yield* stop({ verdict: 'needs', facts: [name], trainings: [], models: [] });
}

const IN_WORDS: Readonly<Record<FactName, string>> = {
  actor: 'the role and teams of the author',
  pull: 'the pull request',
  sightings: 'the heads of the pull request',
  reviews: 'the reviews of the pull request',
  files: 'the files that the pull request changes',
  plan: 'what the pull request changes',
  ledger: 'the ledger',
  runs: 'the runs of the repository',
  earlier: 'earlier runs of the same inputs',
  candidates: 'the verified runs of the default branch',
  validations: 'the data checks of the head',
  base: 'the config of the default branch',
  models: 'the models of the head',
};

function* available(context: Context, name: FactName): Deciding<void> {
  if (!context.facts.unavailable.includes(name)) return;
  yield* refuse(context, {
    reason: 'facts_unavailable',
    message: `${IN_WORDS[name]} could not be read, and what is not known allows nothing. Repeat the command when GitHub answers again.`,
    expected: IN_WORDS[name],
    found: 'no answer',
    example: lineOf(context.command),
  });
}

/** The default branch's config, without which nobody may do anything. */
export function* configOf(context: Context): Deciding<Config> {
  const base = yield* baseOf(context);
  switch (base.kind) {
    case 'config':
      return base.config;
    case 'absent':
      return yield* refuse(context, {
        reason: 'no_policy',
        message: `the default branch ${context.facts.defaultBranch} has no .github/trainyard.yml, so nothing says who may do what. Merge one there first.`,
        expected: `.github/trainyard.yml on ${context.facts.defaultBranch}`,
        found: 'no such file',
        example: null,
      });
    case 'unreadable':
      return yield* refuse(context, {
        reason: 'policy_unreadable',
        message: `the config of the default branch ${context.facts.defaultBranch} cannot be used: ${listed(base.problems, 5)}. Mend it there first.`,
        expected: 'a config that can be used',
        found: listed(base.problems, 1),
        example: null,
      });
  }
}

export function* policyOf(context: Context): Deciding<PolicyConfig> {
  return (yield* configOf(context)).policy;
}

/** `a, b, c and 4 more`. */
export function listed(items: readonly string[], limit = 10): string {
  const rest = items.length - limit;
  const shown = items.slice(0, limit).join(', ');
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

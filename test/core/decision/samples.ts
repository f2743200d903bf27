import { z } from 'zod';
import { type ParsedLine, parseComment } from '../../../core/commands/parse.ts';
import { Config } from '../../../core/config/schema.ts';
import { decide } from '../../../core/decision/decide.ts';
import type { AllowedDecision, Decision, RefusedDecision } from '../../../core/decision/decision.ts';
import { FACT_NAMES, type FactName, Facts, RunFact } from '../../../core/decision/facts.ts';
import { type BasePolicy, type DecisionRequest, type ModelsFact, modelsOf } from '../../../core/decision/request.ts';
import { runId } from '../samples.ts';

/** One pull request as most cases have it; each case changes what it is about. */

export const HEAD = 'a'.repeat(39).concat('1');
export const OLD_HEAD = 'b'.repeat(39).concat('2');
export const NOW = '2026-11-04T10:10:00Z';
/** Wednesday. */
export const COMMENTED = '2026-11-04T10:09:58Z';
export const RUNS = { first: runId(1), second: runId(2), third: runId(3), other: runId(9) };

const model = (name: string, params: object) => ({
  inputs: [`models/${name}`],
  data: {
    flights: { path: 'data/flights.csv', contract: 'contracts/flights.yaml' },
    airports: { path: 'data/airports.csv' },
  },
  train: { run: 'python train.py', params, timeout: '2h' },
  evaluate: {
    predict: 'python predict.py',
    run: 'python evaluate.py',
    inputs: ['eval'],
    data: { holdout: { path: 'data/holdout.csv', labels: ['late'], id: 'flight_id' } },
  },
  gates: { roc_auc: { min: 0.7 }, brier: { max: 0.2 } },
});

/** As it is written, with keys of policy and of models replaced. */
export function configWith(policy: object = {}, models: Readonly<Record<string, object>> = {}): Config {
  const delay = model('flight-delay', {
    learning_rate: { type: 'number', min: 0.001, max: 1, default: 0.1 },
    epochs: { type: 'integer', min: 1, max: 100, default: 10 },
    solver: { type: 'string', values: ['sgd', 'adam'], default: 'sgd' },
  });
  const cause = model('delay-cause', { epochs: { type: 'integer', min: 1, max: 20, default: 5 } });
  const written = { 'flight-delay': delay, 'delay-cause': cause };
  return Config.parse({
    version: 1,
    models: {
      'flight-delay': { ...written['flight-delay'], ...models['flight-delay'] },
      'delay-cause': { ...written['delay-cause'], ...models['delay-cause'] },
    },
    policy: { signing: { keys: ['keys/trainyard.pub'] }, ...policy },
  });
}

const FACTS = {
  now: NOW,
  repository: 'acme/flights',
  defaultBranch: 'main',
  self: 'trainyard[bot]',
  comment: { id: 77, author: 'ben', authorType: 'User', authorId: 7, createdAt: COMMENTED },
  actor: { role: 'write', teams: [] },
  pull: {
    number: 12,
    author: 'ada',
    head: { sha: HEAD, repository: 'acme/flights', ref: 'better' },
    base: { ref: 'main' },
    fork: false,
    labels: [],
  },
  sightings: [
    { sha: OLD_HEAD, headRepository: 'acme/flights', at: '2026-11-04T09:00:00Z', sender: 'ada' },
    { sha: HEAD, headRepository: 'acme/flights', at: '2026-11-04T10:00:00Z', sender: 'ada' },
  ],
  reviews: [],
  files: { changed: ['models/flight-delay/train.py'] },
  plan: { affected: ['flight-delay'], datasets: ['flights'] },
  ledger: {
    models: {
      'flight-delay': {
        versions: ['1.0.0', '1.1.0', '1.2.0'],
        stages: { staging: ['1.0.0', '1.1.0', '1.2.0'], production: ['1.0.0', '1.1.0'] },
      },
    },
  },
  runs: [],
  earlier: {},
  candidates: {},
  validations: [],
};

export type Change = Readonly<Record<string, unknown>>;

export interface Situation {
  /** Replaces facts, key by key: what is an object is merged one level deep. */
  readonly facts?: Change;
  readonly policy?: object;
  readonly models?: Readonly<Record<string, object>>;
  readonly base?: BasePolicy;
  /** The head's models, where they are not those of the base. */
  readonly head?: ModelsFact;
  readonly signerNamed?: boolean;
}

export function factsWith(change: Change = {}): Facts {
  const merged: Record<string, unknown> = { ...FACTS };
  for (const [key, value] of Object.entries(change)) {
    const before = merged[key];
    merged[key] = isRecord(before) && isRecord(value) ? { ...before, ...value } : value;
  }
  const parsed = Facts.safeParse(merged);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  return parsed.data;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function lineFrom(text: string): ParsedLine {
  const [line] = parseComment(text);
  if (line === undefined) throw new Error(`no command in ${text}`);
  return line;
}

/** Parsed once for all cases: nothing changes them. */
const PARSED = new Map<string, { readonly config: Config; readonly models: ModelsFact }>();

function parsed({ policy, models }: Situation): { readonly config: Config; readonly models: ModelsFact } {
  const key = JSON.stringify([policy, models], (_key, value: unknown) => (value === undefined ? 'undefined' : value));
  const known = PARSED.get(key);
  if (known !== undefined) return known;
  const config = configWith(policy, models);
  const made = { config, models: modelsOf(config, config) };
  PARSED.set(key, made);
  return made;
}

export function requestFor(text: string, situation: Situation = {}): DecisionRequest {
  const { config, models } = parsed(situation);
  return {
    line: lineFrom(text),
    facts: factsWith(situation.facts),
    base: situation.base ?? { kind: 'config', config, signerNamed: situation.signerNamed ?? true },
    models: situation.head ?? models,
  };
}

export function decisionOn(text: string, situation: Situation = {}): Decision {
  return decide(requestFor(text, situation));
}

export function allowed(text: string, situation: Situation = {}): AllowedDecision {
  const decision = decisionOn(text, situation);
  if (decision.verdict !== 'allowed') throw new Error(`${text} is not allowed: ${JSON.stringify(decision)}`);
  return decision;
}

export function refused(text: string, situation: Situation = {}): RefusedDecision {
  const decision = decisionOn(text, situation);
  if (decision.verdict !== 'refused') throw new Error(`${text} is not refused: ${JSON.stringify(decision)}`);
  return decision;
}

/** The reason of an answer, or what it asks for: `needs actor`. */
export function answerTo(text: string, situation: Situation = {}): string {
  const decision = decisionOn(text, situation);
  return decision.verdict === 'needs' ? `needs ${decision.facts.join(', ')}` : decision.reason;
}

export function run(change: Change = {}): RunFact {
  return RunFact.parse({
    run: RUNS.first,
    model: 'flight-delay',
    pullRequest: 12,
    commit: HEAD,
    requestedBy: 'ben',
    acceptedAt: '2026-11-04T10:01:00Z',
    state: 'held',
    failedGates: ['roc_auc'],
    ...change,
  });
}

/** The pull request as a fork's, with policy that trains forks and its head approved. */
export const FORK = {
  policy: { forks: 'ok-to-train', runners: { fork: 'fork-runner' } },
  facts: {
    pull: { fork: true, head: { sha: HEAD, repository: 'eve/flights', ref: 'better' } },
    sightings: [{ sha: HEAD, headRepository: 'eve/flights', at: '2026-11-04T10:00:00Z', sender: 'eve' }],
    ledger: { okToTrain: [HEAD] },
  },
} as const;

/** A situation with more facts changed. */
export function and(situation: Situation, facts: Change): Situation {
  const merged: Record<string, unknown> = { ...situation.facts };
  for (const [key, value] of Object.entries(facts)) {
    const before = merged[key];
    merged[key] = isRecord(before) && isRecord(value) ? { ...before, ...value } : value;
  }
  return { ...situation, facts: merged };
}

/** Gives facts only when they are asked for, as a flow does. */
export function gathered(full: DecisionRequest): { readonly decision: Decision; readonly asked: readonly FactName[] } {
  const asked: FactName[] = [];
  while (true) {
    const decision = decide(only(full, asked));
    if (decision.verdict !== 'needs') return { decision, asked };
    if (decision.facts.length === 0 || decision.facts.some((name) => asked.includes(name)))
      throw new Error(`asks again for ${decision.facts.join(', ')}`);
    asked.push(...decision.facts);
  }
}

function only(full: DecisionRequest, names: readonly FactName[]): DecisionRequest {
  const hidden = Object.fromEntries(
    FACT_NAMES.filter((name) => !names.includes(name)).map((name) => [name, undefined]),
  );
  return {
    line: full.line,
    // What has not been asked for is absent.
    facts: { ...full.facts, ...hidden } as Facts,
    base: names.includes('base') ? full.base : undefined,
    models: names.includes('models') ? full.models : undefined,
  };
}

const HOLD: Change = { ledger: { hold: { owner: 'ben', reason: '', expiresAt: null } } };
const LOCK: Change = {
  ledger: { locks: [{ kind: 'stage', name: 'staging', owner: 'ben', reason: '', pullRequest: 3, expiresAt: null }] },
};

/** Of each command a line that is allowed, and what must be there for it. */
export const LINES: Readonly<Record<string, readonly [text: string, facts: Change]>> = {
  train: ['/train', {}],
  validate: ['/validate', {}],
  evaluate: ['/evaluate', { runs: [run()] }],
  retry: ['/retry', { runs: [run({ state: 'failed', failedAt: 'training', failedGates: [] })] }],
  cancel: ['/cancel', { runs: [run({ state: 'training', failedGates: [] })] }],
  status: ['/status', {}],
  help: ['/help', {}],
  promote: ['/promote flight-delay@v1.1.0 to staging', {}],
  rollback: ['/rollback flight-delay staging', {}],
  hold: ['/hold', {}],
  unhold: ['/unhold', HOLD],
  lock: ['/lock staging', {}],
  unlock: ['/unlock staging', LOCK],
  override: ['/override roc_auc it is old', { runs: [run()] }],
  'ok-to-train': [`/ok-to-train ${HEAD}`, {}],
};

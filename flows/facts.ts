import type { ParsedLine } from '../core/commands/parse.ts';
import { decide } from '../core/decision/decide.ts';
import type { Decision, NeedsDecision } from '../core/decision/decision.ts';
import type { CommentFact, FactName, Facts, PullFact } from '../core/decision/facts.ts';
import type { BasePolicy, ModelsFact } from '../core/decision/request.ts';
import type { VerifiedRecord } from '../core/ledger/envelope.ts';
import type { GitId, Instant, ModelName, RunId } from '../core/names.ts';
import { teamsAsked } from '../core/policy/authorise.ts';
import type { EffectiveModel } from '../core/policy/effective.ts';
import { keysOf } from '../core/records.ts';
import { type Assessment, assessPullRequest } from './assessment.ts';
import { FlowError } from './error.ts';
import { candidateFacts, earlierRuns, ledgerFact, runFacts } from './fact-ledger.ts';
import { filesFact, reviewFacts } from './fact-reviews.ts';
import { instant, type Ledger, loadLedger, loadRuns } from './ledger.ts';
import { configProblems, type ModelAt, modelAt } from './model-at.ts';
import { PortError, type Ports, type PullRequest } from './ports.ts';
import { type PolicySnapshot, takePolicySnapshot } from './snapshot.ts';
import { loadValidations } from './validation-state.ts';

/** Who asks for something, and about what. */
export interface Subject {
  readonly comment: CommentFact;
  /** Null for a request from a terminal, which is about the default branch. */
  readonly pullRequest: number | null;
  /** What marks the effects of one command line, whatever delivery tells of it (invariant 8). */
  readonly operation: (line: number) => string;
  /** The run that one command line makes of a model: the same whenever it is asked (invariant 8). */
  readonly runId: (asked: { readonly line: number; readonly model: ModelName }) => Promise<RunId>;
}

export type Decided = Exclude<Decision, NeedsDecision>;

/** What decisions rest on, read from GitHub when it is first asked for and then kept for the length of one flow. */
export interface FactSource {
  readonly subject: Subject;
  /** `head`: the pull request's, where the decision looked at it. */
  readonly decide: (line: ParsedLine) => Promise<{ readonly decided: Decided; readonly head: GitId | null }>;
  readonly policy: () => Promise<PolicySnapshot>;
  /** @throws FlowError `not_possible` for a request, which has no pull request */
  readonly pull: () => Promise<PullRequest>;
  readonly assessment: () => Promise<Assessment>;
  readonly ledger: () => Promise<Ledger>;
  readonly records: () => Promise<readonly VerifiedRecord[]>;
  /** One model as the pull request's head, or the default branch, has it; null where it has none. */
  readonly modelAtHead: (model: ModelName) => Promise<{ readonly at: ModelAt; readonly policyChange: boolean } | null>;
  /** After an effect: what it may have changed is read again. */
  readonly forget: () => void;
}

/** A decision asks for each fact once, so more rounds than there are facts mean that it asks without end. */
const ROUNDS = 32;
/** These pass by waiting: the whole step is tried again. */
const PASSING: ReadonlySet<string> = new Set(['unavailable', 'rate_limited', 'conflict']);

export function factSource(ports: Ports, subject: Subject): FactSource {
  let head: GitId | null = null;
  const policy = once(() => takePolicySnapshot(ports));
  const pull = once(async () => {
    if (subject.pullRequest === null) throw new FlowError('not_possible', 'the request is about no pull request');
    const found = await ports.pulls.get(subject.pullRequest);
    head = found.head.sha;
    return found;
  });
  const assessment = once(async () => assessPullRequest(ports, await pull.get()));
  const ledger = once(async () => loadLedger(ports, await policy.get()));
  const records = once(async () => loadRuns(ports, await policy.get()));
  const role = once(() => ports.permissions.role(subject.comment.author));
  const source: FactSource = {
    subject,
    policy: policy.get,
    pull: pull.get,
    assessment: assessment.get,
    ledger: ledger.get,
    records: records.get,
    async modelAtHead(model) {
      if (subject.pullRequest === null) {
        const base = await policy.get();
        return { at: modelAt(base, base, model), policyChange: false };
      }
      const found = (await assessment.get()).models.find(({ name }) => name === model);
      return found === undefined ? null : { at: found.head, policyChange: found.changesPolicy };
    },
    forget() {
      ledger.forget();
      records.forget();
    },
    async decide(line) {
      const decided = await decideLine(ports, source, role.get, line);
      return { decided, head };
    },
  };
  return source;
}

interface Known {
  readonly facts: Facts;
  readonly base: BasePolicy | undefined;
  readonly models: ModelsFact | undefined;
}

async function decideLine(
  ports: Ports,
  source: FactSource,
  role: () => ReturnType<Ports['permissions']['role']>,
  line: ParsedLine,
): Promise<Decided> {
  const { name: repository, defaultBranch } = await ports.source.repository();
  const { comment } = source.subject;
  const served = { app: ports.withoutApp !== true, self: ports.self };
  const facts = { now: instant(ports), repository, defaultBranch, ...served, comment, unavailable: [] };
  let known: Known = { facts, base: undefined, models: undefined };
  // A line that is no command is answered with one that would work here, which is worth no request.
  if (line.kind === 'error')
    known = merged(known, await available('base', async () => ({ base: basePolicy(ports, await source.policy()) })));
  for (let round = 0; round < ROUNDS; round += 1) {
    const decision = decide({ line, ...known });
    if (decision.verdict !== 'needs') return decision;
    const asked: Asked = { ports, source, role, line, decision, now: facts.now };
    const found = await Promise.all(decision.facts.map((name) => available(name, () => gather(name, asked))));
    for (const one of found) known = merged(known, one);
  }
  throw new FlowError('not_possible', 'a decision asked for facts without end; nothing was done');
}

function merged(known: Known, found: Found): Known {
  const { base = known.base, models = known.models, unavailable = [], ...facts } = found;
  const missing = [...known.facts.unavailable, ...unavailable];
  return { base, models, facts: { ...known.facts, ...facts, unavailable: missing } };
}

type Found = Partial<Omit<Facts, 'unavailable'>> & {
  readonly base?: BasePolicy;
  readonly models?: ModelsFact;
  readonly unavailable?: Facts['unavailable'];
};

/** What GitHub refuses to tell allows nothing; what it may tell later is asked again by the step's own retries. */
async function available(name: FactName, gather: () => Promise<Found>): Promise<Found> {
  try {
    return await gather();
  } catch (error) {
    if (error instanceof PortError && PASSING.has(error.code)) throw error;
    if (error instanceof PortError || error instanceof FlowError) return { unavailable: [name] };
    throw error;
  }
}

interface Asked {
  readonly ports: Ports;
  readonly source: FactSource;
  readonly role: () => ReturnType<Ports['permissions']['role']>;
  readonly line: ParsedLine;
  readonly decision: NeedsDecision;
  readonly now: Instant;
}

async function gather(name: FactName, asked: Asked): Promise<Found> {
  const { ports, source, line, decision, now } = asked;
  switch (name) {
    case 'base':
      return { base: basePolicy(ports, await source.policy()) };
    case 'models':
      return { models: await modelsFact(source) };
    case 'actor':
      return { actor: await actorFact(asked) };
    case 'pull':
      return { pull: pullFact(await source.pull()) };
    case 'sightings':
      return { sightings: await sightingFacts(ports, (await source.pull()).number) };
    case 'reviews':
      return { reviews: await reviewFacts(ports, source) };
    case 'files':
      return { files: await filesFact(ports, await source.assessment()) };
    case 'plan':
      return { plan: planFact(await source.assessment()) };
    case 'ledger':
      return { ledger: await ledgerFact(source, now) };
    case 'runs':
      return { runs: await runFacts(ports, source, line, now) };
    case 'earlier':
      return { earlier: await earlierRuns(ports, source, line.line, decision.trainings) };
    case 'candidates':
      return { candidates: await candidateFacts(source, decision.models) };
    case 'validations':
      return { validations: await failedValidations(ports, source) };
  }
}

function basePolicy(ports: Pick<Ports, 'signer'>, policy: PolicySnapshot): BasePolicy {
  const { config } = policy;
  if (config !== null)
    return { kind: 'config', config, signerNamed: policy.keys.some(({ keyid }) => keyid === ports.signer.keyid) };
  return policy.present ? { kind: 'unreadable', problems: configProblems(policy) } : { kind: 'absent' };
}

async function modelsFact(source: FactSource): Promise<ModelsFact> {
  const usable = new Map<ModelName, EffectiveModel>();
  const invalid = new Map<ModelName, readonly string[]>();
  const add = (name: ModelName, at: ModelAt): void => {
    if (at.kind === 'known') usable.set(name, at.effective);
    if (at.kind === 'invalid') invalid.set(name, at.problems);
  };
  if (source.subject.pullRequest === null) {
    const policy = await source.policy();
    for (const name of keysOf(policy.config?.models ?? {})) add(name, modelAt(policy, policy, name));
  } else for (const { name, head } of (await source.assessment()).models) add(name, head);
  return { usable, invalid };
}

async function actorFact({ ports, source, role, line }: Asked): Promise<NonNullable<Facts['actor']>> {
  const { author, authorType } = source.subject.comment;
  // A bot is allowed by its name alone, so that neither its role nor its teams are worth a request.
  if (authorType === 'Bot' || author.endsWith('[bot]') || line.kind === 'error') return { role: 'none', teams: [] };
  const { config } = await source.policy();
  const teams: string[] = [];
  for (const team of config === null ? [] : teamsAsked(line.command.name, config.policy))
    if (await ports.permissions.inTeam(team, author)) teams.push(team);
  return { role: await role(), teams };
}

function pullFact(pull: PullRequest): PullFact {
  const { number, state, merged, author, head, base, fork, labels } = pull;
  const shown = { sha: head.sha, repository: head.repository ?? '', ref: head.ref };
  return { number, state, merged, author, head: shown, base: { ref: base.ref }, fork, labels: [...labels] };
}

/** One sighting never serves another pull request: they are kept by its number. */
async function sightingFacts(ports: Pick<Ports, 'inFlight'>, number: number): Promise<NonNullable<Facts['sightings']>> {
  const sightings = await ports.inFlight.sightings(number);
  return sightings.map(({ pullRequest, event, sha, headRepository, at, sender }) => ({
    event,
    pullRequest,
    sha,
    headRepository: headRepository ?? '',
    at,
    sender: sender.slice(0, 100),
  }));
}

function planFact({ models, datasets, problems }: Assessment): NonNullable<Facts['plan']> {
  return {
    affected: models.filter((model) => model.affected && model.head.kind === 'known').map(({ name }) => name),
    datasets: datasets.map(({ name }) => name),
    policyChange: models.some(({ changesPolicy }) => changesPolicy),
    problems: problems.map((problem) => problem.slice(0, 2000)),
  };
}

async function failedValidations(ports: Ports, source: FactSource): Promise<NonNullable<Facts['validations']>> {
  const states = await loadValidations(ports, (await source.pull()).head.sha);
  return (await source.assessment()).datasets.flatMap(({ name }) => {
    const state = states[name];
    return state?.status === 'done' && state.result.status !== 'passed' ? [name] : [];
  });
}

interface Once<T> {
  readonly get: () => Promise<T>;
  readonly forget: () => void;
}

/** What failed is not kept: it may be had later. */
function once<T>(load: () => Promise<T>): Once<T> {
  let kept: Promise<T> | null = null;
  return {
    get() {
      kept ??= load().catch((error: unknown) => {
        kept = null;
        throw error;
      });
      return kept;
    },
    forget() {
      kept = null;
    },
  };
}

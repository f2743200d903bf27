import { type ParsedLine, parseComment } from '../commands/parse.ts';
import { renderCommand } from '../commands/render.ts';
import type { ConfigProblem } from '../config/problem.ts';
import type { Config } from '../config/schema.ts';
import { decide } from '../decision/decide.ts';
import type { Decision, NeedsDecision } from '../decision/decision.ts';
import type { CommentFact, FactName, Facts } from '../decision/facts.ts';
import { type BasePolicy, type ModelsFact, modelsOf } from '../decision/request.ts';
import type { Instant } from '../names.ts';
import { changesPolicy, policyChanges } from '../policy/changes.ts';
import type { ExplainedLine, Explanation } from './answer.ts';
import { assumedPr } from './assumed.ts';
import type { PrFile } from './pr-file.ts';
import { commentOf, repositoryOf, SUPPLIERS } from './supply.ts';

/** A config file as it was read. */
export type ConfigFile =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

export interface Rehearsal {
  /** The comment. */
  readonly body: string;
  readonly user: string | null;
  readonly userId: number | null;
  readonly bot: boolean;
  readonly actor: NonNullable<Facts['actor']>;
  /** Of the default branch. */
  readonly base: ConfigFile;
  /** Of the pull request's head. */
  readonly head: ConfigFile;
  readonly pr: PrFile | null;
  /** The present time, where the file names none. */
  readonly now: Instant;
}

const NOBODY = 'commenter';
const MAX_TEXT = 500;
/** More rounds than there are facts. */
const ROUNDS = 32;

/** Decides each command of a comment as the flows would, on facts of a file. Each line is decided on the same facts. */
export function explain(rehearsal: Rehearsal): Explanation {
  const scene = sceneOf(rehearsal);
  const missing = new Set<string>();
  const commands = parseComment(rehearsal.body).map((line) => {
    const lacking = new Set<string>();
    const decision = decided(scene, line, lacking);
    for (const key of lacking) missing.add(key);
    return explained(line, lacking.size === 0 ? decision : withLacking(decision, [...lacking]));
  });
  const { author: user, authorType: type } = scene.comment;
  return {
    assumed: rehearsal.pr === null,
    missing: [...missing],
    actor: { user, type, role: scene.actor.role, teams: scene.actor.teams },
    verdict: commands.length === 0 ? 'none' : commands.every(isAllowed) ? 'allowed' : 'refused',
    commands,
  };
}

/** On GitHub it would be GitHub that does not answer; here it is the file. */
function withLacking<D extends { readonly reason: string; readonly message: string }>(decision: D, keys: string[]): D {
  if (decision.reason !== 'facts_unavailable') return decision;
  const message = `--pr does not say ${keys.join(', ')}, and what is not known allows nothing. An empty list or {} says that there is nothing.`;
  return { ...decision, message };
}

const isAllowed = ({ verdict }: ExplainedLine): boolean => verdict === 'allowed';

interface Scene {
  readonly pr: PrFile;
  readonly now: Instant;
  readonly comment: CommentFact;
  readonly actor: NonNullable<Facts['actor']>;
  readonly base: BasePolicy;
  readonly models: ModelsFact;
  readonly plan: Facts['plan'];
}

function sceneOf({ pr: given, now: present, base, head, ...rehearsal }: Rehearsal): Scene {
  const baseConfig = base.ok ? base.config : null;
  const models = head.ok ? modelsOf(baseConfig, head.config) : { usable: new Map(), invalid: new Map() };
  const pr = given ?? assumedPr(present, models);
  const now = pr.now ?? present;
  return {
    pr,
    now,
    actor: rehearsal.actor,
    comment: commentOf(pr, authorOf(pr, rehearsal), now),
    base: policyOf(base),
    models,
    plan: pr.plan && planOf(pr.plan, baseConfig, head),
  };
}

/** What the call says of the commenter goes before the file, and is not mixed with what the file says of another. */
function authorOf(
  { comment }: PrFile,
  { user, userId, bot }: Pick<Rehearsal, 'user' | 'userId' | 'bot'>,
): Pick<CommentFact, 'author' | 'authorType' | 'authorId'> {
  const ofFile = user === null;
  const id = ofFile ? comment.author_id : (userId ?? undefined);
  return {
    author: user ?? comment.author ?? NOBODY,
    authorType: bot ? 'Bot' : ofFile ? comment.author_type : 'User',
    ...(id === undefined ? {} : { authorId: id }),
  };
}

/** Whether a named key is the one that signs can't be known here; without any, no record would count. */
function policyOf(base: ConfigFile): BasePolicy {
  if (!base.ok) return { kind: 'unreadable', problems: base.problems.map(inWords) };
  return { kind: 'config', config: base.config, signerNamed: base.config.policy.signing !== undefined };
}

function planOf(plan: NonNullable<PrFile['plan']>, base: Config | null, head: ConfigFile): NonNullable<Facts['plan']> {
  const { affected, datasets, problems, policy_change: given } = plan;
  const files = new Map();
  const changes = head.ok ? policyChanges({ config: base, files }, { config: head.config, files }) : [];
  return {
    affected,
    datasets,
    policyChange: given ?? changesPolicy(changes),
    problems: [...problems, ...(head.ok ? [] : head.problems.map(inWords))],
  };
}

function inWords({ file, line, column, path, message }: ConfigProblem): string {
  return `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`;
}

/** Gathers what is asked for, as a flow does. What is asked for in vain is not available, and its key is noted. */
function decided(scene: Scene, line: ParsedLine, missing: Set<string>): Exclude<Decision, NeedsDecision> {
  const { pr, now, comment, base, models } = scene;
  const { default_branch: defaultBranch, app, self } = pr;
  const repository = repositoryOf(pr);
  let facts: Facts = { now, repository, defaultBranch, self, app, comment, unavailable: [...pr.unavailable] };
  for (let round = 0; round < ROUNDS; round++) {
    const decision = decide({ line, facts, base, models });
    if (decision.verdict !== 'needs') return decision;
    for (const name of decision.facts) facts = supplied(scene, facts, name, missing);
  }
  throw new Error('a decision asked for facts without end');
}

function supplied(scene: Scene, facts: Facts, name: FactName, missing: Set<string>): Facts {
  const unavailable = { ...facts, unavailable: [...facts.unavailable, name] };
  // Asked for again although it is there: nothing that rests on it is allowed.
  if (name === 'base' || name === 'models' || facts[name] !== undefined) return unavailable;
  if (name === 'actor') return { ...facts, actor: scene.actor };
  if (name === 'plan') {
    if (scene.plan !== undefined) return { ...facts, plan: scene.plan };
    missing.add('plan');
    return unavailable;
  }
  const found = SUPPLIERS[name](scene.pr);
  if (found.known) return { ...facts, [name]: found.value };
  for (const key of found.missing) missing.add(key);
  return unavailable;
}

function explained(parsed: ParsedLine, decision: Exclude<Decision, NeedsDecision>): ExplainedLine {
  const line = {
    line: parsed.line,
    text: Array.from(parsed.text.slice(0, MAX_TEXT)).join(''),
    reason: decision.reason,
    message: decision.message,
  };
  const means = parsed.kind === 'command' ? renderCommand(parsed.command) : null;
  switch (decision.verdict) {
    case 'allowed': {
      const { verdict, command, grantedBy: granted_by, sha, effects } = decision;
      return { verdict, ...line, command, means: means ?? '', granted_by, sha, effects: [...effects] };
    }
    case 'refused': {
      const { verdict, command, expected, found, example } = decision;
      return { verdict, ...line, command, means, expected, found, example };
    }
    case 'ignored': {
      const command = parsed.kind === 'command' ? parsed.command.name : null;
      return { verdict: decision.verdict, ...line, command, means };
    }
  }
}

import type { CommandName } from '../commands/command.ts';
import type { Grant, Permission, PolicyConfig, RoleName } from '../config/policy.ts';
import type { ModelName, StageName } from '../names.ts';
import { valueAt } from '../records.ts';
import { type AccountType, isGenuineBot, looksLikeBot, sameLogin } from './identity.ts';
import { hasRole, isRole } from './roles.ts';

/** Commands that policy guards. `status` and `help` need no more than to see the repository. */
export type GuardedCommand = keyof PolicyConfig['commands'];
export type AuthorisedCommand = CommandName | 'reconcile';

/** What holds where policy says nothing: the safe defaults. A move of a model's last stage needs LAST_STAGE. */
const DEFAULT_ROLES: Readonly<Record<AuthorisedCommand, RoleName>> = {
  train: 'write',
  validate: 'write',
  evaluate: 'write',
  retry: 'write',
  cancel: 'write',
  hold: 'write',
  lock: 'write',
  'ok-to-train': 'write',
  promote: 'write',
  rollback: 'write',
  unhold: 'maintain',
  unlock: 'maintain',
  override: 'maintain',
  reconcile: 'maintain',
  status: 'read',
  help: 'read',
};
const LAST_STAGE: RoleName = 'maintain';

/** Who gave something may take it back under the same permission. */
function setterOf(command: AuthorisedCommand): AuthorisedCommand | null {
  if (command === 'unhold') return 'hold';
  return command === 'unlock' ? 'lock' : null;
}

export interface Actor {
  readonly login: string;
  /** GitHub's numeric id; without it no grant that names an id is held. */
  readonly id?: number | undefined;
  /** `user.type` as GitHub reports it. `Other` (an organisation, a mannequin) is allowed nothing. */
  readonly type: AccountType;
  /** `role_name` as GitHub reports it. A custom or unknown role counts as none. */
  readonly role: string;
  /** Slugs of the organisation's teams that the actor is an active member of. */
  readonly teams: readonly string[];
}

/** What a command is about, as far as it is known. Ask again when more is: a rule for a model that is not listed is not applied. */
export interface Scope {
  readonly models: readonly ModelName[];
  readonly stages: readonly StageName[];
  /** Whether one of the stages is the last one of its model. */
  readonly lastStage: boolean;
}

export const WHOLE_REPOSITORY: Scope = { models: [], stages: [], lastStage: false };

export interface AuthorisationRequest {
  readonly command: AuthorisedCommand;
  readonly actor: Actor;
  readonly policy: PolicyConfig;
  readonly scope: Scope;
  /** For `unhold` and `unlock`: whether the hold or lock was set by the actor. */
  readonly own?: boolean;
}

export type Authorisation =
  /** `by`: the grants that were held, `write` or `write and team:ml`. */
  | { readonly allowed: true; readonly by: string }
  | { readonly allowed: false; readonly reason: string; readonly needed: readonly Grant[] };

/** One rule that applies, and what it is for: `model flight-delay`, or null for every use of the command. */
interface Rule {
  readonly grants: readonly Grant[];
  readonly about: string | null;
}

/**
 * Whether an actor may give a command, by base-branch policy: every rule that applies must be satisfied. A bot is never
 * allowed by its role or team, only by name, so that an App with write access can't be talked into commands, and an
 * account that has only one of the two signs of a bot is allowed nothing. Fails closed: what is not known allows
 * nothing.
 */
export function authorise(request: AuthorisationRequest): Authorisation {
  const verdict = judge(request, request.command);
  const setter = request.own === true ? setterOf(request.command) : null;
  if (verdict.allowed || setter === null) return verdict;
  const asSetter = judge(request, setter);
  return asSetter.allowed ? asSetter : verdict;
}

/**
 * Slugs of the teams whose members a decision may turn on, each once.
 *
 * @param scope left out, those of every rule of the command
 */
export function teamsAsked(command: AuthorisedCommand, policy: PolicyConfig, scope?: Scope): readonly string[] {
  const grants = rulesOf(command, policy).flatMap((name) =>
    scope === undefined
      ? everyGrant(name, policy)
      : rulesFor(name, policy, scope).flatMap(({ grants: ofRule }) => [...ofRule]),
  );
  const slugs = grants.flatMap((grant) => (grant.startsWith('team:') ? [grant.slice('team:'.length)] : []));
  return slugs.filter((slug, index) => slugs.findIndex((other) => sameLogin(other, slug)) === index);
}

/** The command itself, and those whose rules may be asked for it. */
function rulesOf(command: AuthorisedCommand, policy: PolicyConfig): readonly AuthorisedCommand[] {
  const setter = setterOf(command);
  if (setter !== null) return [command, setter];
  return command === 'retry' && retriesAsTrain(policy) ? [command, 'train'] : [command];
}

/** Training again is a training: where policy says nothing of `retry`, what it says of `train` holds for that, too. */
export function retriesAsTrain({ commands }: PolicyConfig): boolean {
  return commands.retry === undefined;
}

/** Who may give a command where no rule for a single model or stage applies. */
export function grantsFor(command: AuthorisedCommand, policy: PolicyConfig): readonly Grant[] {
  return permission(command, policy)?.any ?? [DEFAULT_ROLES[command]];
}

function judge({ actor, policy, scope }: AuthorisationRequest, command: AuthorisedCommand): Authorisation {
  const rules = rulesFor(command, policy, scope);
  const held: Grant[] = [];
  for (const { grants, about } of rules) {
    const by = grants.find((grant) => holds(grant, actor));
    if (by === undefined) {
      const what = about === null ? command : `${command} of ${about}`;
      const needs = grants.map(inWords).join(' or ') || 'what policy grants to nobody';
      return { allowed: false, reason: `${what} needs ${needs}; ${found(actor)}`, needed: grants };
    }
    held.push(by);
  }
  return { allowed: true, by: [...new Set(held)].join(' and ') };
}

/** Never empty, so that nothing is allowed for want of a rule. */
function rulesFor(command: AuthorisedCommand, policy: PolicyConfig, scope: Scope): readonly Rule[] {
  const set = permission(command, policy);
  const byDefault = [scope.lastStage && isMove(command) ? LAST_STAGE : DEFAULT_ROLES[command]];
  const models = scope.models.flatMap((name): Rule[] => {
    const grants = set === undefined ? undefined : valueAt(set.models, name);
    return grants === undefined ? [] : [{ grants, about: `model ${name}` }];
  });
  const stages = scope.stages.flatMap((name): Rule[] => {
    const grants = set === undefined ? undefined : valueAt(set.stages, name);
    return grants === undefined ? [] : [{ grants, about: `stage ${name}` }];
  });
  const about = scope.lastStage && isMove(command) && set?.any === undefined ? 'a model’s last stage' : null;
  return [{ grants: set?.any ?? byDefault, about }, ...models, ...stages];
}

function everyGrant(command: AuthorisedCommand, policy: PolicyConfig): readonly Grant[] {
  const set = permission(command, policy);
  if (set === undefined) return [];
  return [...(set.any ?? []), ...Object.values(set.models).flat(), ...Object.values(set.stages).flat()];
}

function permission(command: AuthorisedCommand, policy: PolicyConfig): Permission | undefined {
  return command === 'status' || command === 'help' ? undefined : policy.commands[command];
}

function isMove(command: AuthorisedCommand): boolean {
  return command === 'promote' || command === 'rollback';
}

function holds(grant: Grant, actor: Actor): boolean {
  if (actor.login === '' || actor.type === 'Other') return false;
  if (looksLikeBot(actor.login, actor.type) && !isGenuineBot(actor.login, actor.type)) return false;
  if (grant.startsWith('user:')) return isUser(grant.slice('user:'.length), actor);
  if (actor.type === 'Bot') return false;
  if (grant.startsWith('team:')) return actor.teams.some((team) => sameLogin(grant.slice('team:'.length), team));
  return isRole(grant) && hasRole(actor.role, grant);
}

function isUser(wanted: string, actor: Actor): boolean {
  const [login = '', id] = wanted.split('#');
  return sameLogin(login, actor.login) && (id === undefined || id === String(actor.id));
}

function found(actor: Actor): string {
  if (actor.login === '') return 'who gave it is not known';
  if (actor.type === 'Other') return `${actor.login} is neither a user nor a bot`;
  if (!looksLikeBot(actor.login, actor.type)) return `${actor.login} has the role "${actor.role || 'none'}"`;
  return isGenuineBot(actor.login, actor.type)
    ? `${actor.login} is a bot, and bots must be named`
    : `${actor.login} is called like a bot or is one under another name, and neither is allowed anything`;
}

function inWords(grant: Grant): string {
  if (grant.startsWith('team:')) return `membership of team ${grant.slice('team:'.length)}`;
  if (grant.startsWith('user:')) return `the user ${grant.slice('user:'.length).replace('#', ' with the id ')}`;
  return `the role ${grant}${grant === 'admin' ? '' : ' or more'}`;
}

import type { Grant, PolicyConfig, RoleName } from '../config/schema.ts';

/** Commands that policy guards. `status` and `help` need no more than to see the repository. */
export type GuardedCommand = keyof PolicyConfig['commands'];
export type AuthorisedCommand = GuardedCommand | 'status' | 'help';

const DEFAULT_GRANTS: Readonly<Record<AuthorisedCommand, readonly Grant[]>> = {
  train: ['write'],
  cancel: ['write'],
  promote: ['maintain'],
  rollback: ['maintain'],
  reconcile: ['maintain'],
  status: ['read'],
  help: ['read'],
};

const RANKS: Readonly<Record<RoleName, number>> = { read: 1, triage: 2, write: 3, maintain: 4, admin: 5 };

export interface Actor {
  readonly login: string;
  /** `role_name` as GitHub reports it. A custom or unknown role counts as none. */
  readonly role: string;
  /** Slugs of the organisation's teams that the actor is an active member of. */
  readonly teams: readonly string[];
}

export type Authorisation =
  | { readonly allowed: true; readonly by: Grant }
  | { readonly allowed: false; readonly reason: string; readonly needed: readonly Grant[] };

/**
 * Whether an actor may give a command, by base-branch policy. A bot (`[bot]` at the end of its login) is never allowed
 * by its role, only by name, so that an App with write access can't be talked into commands. Fails closed: what is not
 * known allows nothing.
 */
export function authorise(request: { command: AuthorisedCommand; actor: Actor; policy: PolicyConfig }): Authorisation {
  const { command, actor, policy } = request;
  const needed = grantsFor(command, policy);
  const by = needed.find((grant) => holds(grant, actor));
  if (by !== undefined) return { allowed: true, by };
  const has = isBot(actor.login) ? 'is a bot, and bots must be named' : `has the role "${actor.role || 'none'}"`;
  return {
    allowed: false,
    reason: `${command} needs ${needed.map(inWords).join(' or ')}; ${actor.login} ${has}`,
    needed,
  };
}

/** Who may give a command. */
export function grantsFor(command: AuthorisedCommand, policy: PolicyConfig): readonly Grant[] {
  const set = command === 'status' || command === 'help' ? undefined : policy.commands[command];
  return set ?? DEFAULT_GRANTS[command];
}

function holds(grant: Grant, actor: Actor): boolean {
  // GitHub compares logins and slugs without case.
  if (grant.startsWith('user:')) return same(grant.slice('user:'.length), actor.login);
  if (isBot(actor.login)) return false;
  if (grant.startsWith('team:')) return actor.teams.some((team) => same(grant.slice('team:'.length), team));
  return rank(actor.role) >= rank(grant) && rank(grant) > 0;
}

function rank(role: string): number {
  return Object.hasOwn(RANKS, role) ? RANKS[role as RoleName] : 0;
}

function isBot(login: string): boolean {
  return login.endsWith('[bot]');
}

function same(a: string, b: string): boolean {
  return a !== '' && a.toLowerCase() === b.toLowerCase();
}

function inWords(grant: Grant): string {
  if (grant.startsWith('team:')) return `membership of team ${grant.slice('team:'.length)}`;
  if (grant.startsWith('user:')) return `the user ${grant.slice('user:'.length)}`;
  return `the role ${grant}${grant === 'admin' ? '' : ' or more'}`;
}

import type { RoleName } from '../config/policy.ts';

const RANKS: Readonly<Record<RoleName, number>> = { read: 1, triage: 2, write: 3, maintain: 4, admin: 5 };

/** Whether a role, as GitHub's `role_name` says it, is the one asked for or more. A custom or unknown role counts as none. */
export function hasRole(role: string, least: RoleName): boolean {
  return isRole(role) && RANKS[role] >= RANKS[least];
}

/** Own members only: `constructor` is no role. */
export function isRole(text: string): text is RoleName {
  return Object.hasOwn(RANKS, text);
}

/**
 * Whether two logins (or two slugs of teams) are one account's. GitHub compares them without case. Only ASCII is folded:
 * elsewhere a letter may fold to another one (the Kelvin sign becomes a `k`), and no login of GitHub holds any.
 */
export function sameLogin(a: string, b: string): boolean {
  return VISIBLE_ASCII.test(a) && VISIBLE_ASCII.test(b) && a.toLowerCase() === b.toLowerCase();
}

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

export type AccountType = 'User' | 'Bot' | 'Other';

/** A bot by either sign: what only looks like a bot is trusted no more than one. */
export function looksLikeBot(login: string, type: AccountType): boolean {
  return type === 'Bot' || /\[bot\]$/i.test(login);
}

/** The account of an App: GitHub gives both signs to it, and to nobody else. */
export function isGenuineBot(login: string, type: AccountType): boolean {
  return type === 'Bot' && /^[^[\]]+\[bot\]$/i.test(login);
}

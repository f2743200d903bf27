import type { Tables } from '../tables.ts';
import type { Account } from './account.ts';

/** The address that GitHub gives an account for its commits. */
export const accountEmail = (account: Account): string => `${account.id}+${account.login}@users.noreply.github.com`;

/** The account behind a commit's e-mail address: GitHub's no-reply addresses, with or without the number. */
export function accountByEmail(tables: Tables, email: string): Account | undefined {
  const login = /^(?:\d+\+)?([^@+]+)@users\.noreply\.github\.com$/.exec(email)?.[1];
  return login === undefined ? undefined : tables.accounts.find({ login });
}

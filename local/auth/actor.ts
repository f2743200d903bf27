import type { Account } from '../accounts/account.ts';
import type { App, Installation, Permissions } from '../apps/app.ts';
import type { Tables } from '../tables.ts';

/** Who is calling. */
export type Actor =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'user'; readonly user: Account }
  /** An App that presented its JWT. */
  | { readonly kind: 'app'; readonly app: App }
  | {
      readonly kind: 'installation';
      readonly app: App;
      readonly installation: Installation;
      readonly permissions: Permissions;
      /** `null`: every repository of the installation. */
      readonly repositoryIds: readonly number[] | null;
    }
  /** The `GITHUB_TOKEN` of one job. `app` is the built-in `github-actions`. */
  | {
      readonly kind: 'job';
      readonly app: App;
      readonly permissions: Permissions;
      readonly repositoryId: number;
      readonly runId: number;
      readonly jobId: number;
    };

/** The account that appears as author of what `actor` does; `undefined` for anonymous callers. */
export function accountOf(tables: Tables, actor: Actor): Account | undefined {
  switch (actor.kind) {
    case 'anonymous':
      return undefined;
    case 'user':
      return actor.user;
    case 'app':
    case 'installation':
    case 'job':
      return tables.accounts.get(actor.app.botId);
  }
}

/** The App that acts, if one does: who owns a check run that `actor` creates. */
export function appOf(actor: Actor): App | undefined {
  return actor.kind === 'anonymous' || actor.kind === 'user' ? undefined : actor.app;
}

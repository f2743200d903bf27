import type { IncomingMessage } from 'node:http';
import { canSee } from '../auth/access.ts';
import type { Actor } from '../auth/actor.ts';
import type { LocalGitHub } from '../github.ts';
import type { Repository } from '../repositories/repository.ts';
import { type Client, ClientError } from './client.ts';
import { type Html, path } from './html.ts';
import type { LiveParts, RepositoryTab } from './layout.ts';
import type { Session } from './session.ts';

/** One request for a page. */
export interface Visit {
  readonly github: LocalGitHub;
  readonly request: IncomingMessage;
  readonly url: URL;
  /** Path and query, to come back to. */
  readonly here: string;
  readonly session: Session | undefined;
  readonly client: Client;
  /** The fields of a form that was sent, its token checked; empty for a GET. */
  readonly form: URLSearchParams;
  /** What the route's pattern captured, decoded. */
  readonly params: Readonly<Record<string, string>>;
}

export type Answer =
  | {
      readonly kind: 'page';
      readonly status?: number;
      readonly title: string;
      readonly body: Html;
      readonly repository?: { readonly owner: string; readonly name: string; readonly tab: RepositoryTab };
      readonly live?: LiveParts;
      readonly cookie?: string;
      /** Where the page has just started a session for its form. */
      readonly session?: Session;
    }
  | { readonly kind: 'redirect'; readonly to: string; readonly cookie?: string }
  | { readonly kind: 'bytes'; readonly headers: Readonly<Record<string, string>>; readonly body: Buffer };

export interface PageRoute {
  readonly method: 'GET' | 'POST';
  /** Path with `{name}` for a segment and `{name*}` for the rest, which may hold slashes. */
  readonly path: string;
  readonly answer: (visit: Visit) => Answer | Promise<Answer>;
}

export function param(visit: Visit, name: string): string {
  const value = visit.params[name];
  if (value === undefined) throw new Error(`the route has no {${name}}`);
  return value;
}

/** A number in the path. @throws ClientError 404 for anything else. */
export function numberParam(visit: Visit, name: string): number {
  const value = param(visit, name);
  if (!/^[1-9]\d{0,14}$/.test(value)) throw new ClientError(404, 'Not Found');
  return Number(value);
}

export interface Place {
  readonly owner: string;
  readonly name: string;
  /** Of the API: `/repos/owner/name`. */
  readonly api: string;
  readonly repository: Repository;
}

/** The repository that the path names. @throws ClientError 404 where the person may not see it, or it does not exist. */
export function place(visit: Visit): Place {
  const { tables } = visit.github;
  const repository = tables.repositories.find({ owner: param(visit, 'owner'), name: param(visit, 'repo') });
  if (repository === undefined || !canSee(tables, actorOf(visit), repository)) throw new ClientError(404, 'Not Found');
  const { owner, name } = repository;
  return { owner, name, api: `/repos${path(owner, name)}`, repository };
}

export function actorOf({ session }: Visit): Actor {
  return session?.account === undefined ? { kind: 'anonymous' } : { kind: 'user', user: session.account };
}

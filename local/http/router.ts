import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { Actor } from '../auth/actor.ts';
import type { LocalGitHub } from '../github.ts';
import type { Repository } from '../repositories/repository.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The fine-grained permissions that routes ask for, by GitHub's names. */
export type PermissionName =
  | 'actions'
  | 'administration'
  | 'checks'
  | 'contents'
  | 'deployments'
  | 'issues'
  | 'members'
  | 'metadata'
  | 'pull_requests'
  | 'statuses';

/**
 * Who may call a route. `public`: anybody; `app`: an App's JWT; `user`: any token; `installation`: an installation
 * token; an object: somebody who holds this permission on the route's repository (any of `permission`, if a list).
 */
export type Access =
  | 'public'
  | 'app'
  | 'user'
  | 'installation'
  | { readonly permission: PermissionName | readonly PermissionName[]; readonly level: 'read' | 'write' };

/** One REST operation; `path` is GitHub's OpenAPI template. */
export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly access: Access;
  readonly handle: (request: ApiRequest) => ApiResponse | Promise<ApiResponse>;
}

export interface ApiRequest {
  readonly method: Method;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The parsed JSON body, `undefined` without one. It is the caller's: validate it. */
  readonly body: unknown;
  readonly raw: Buffer;
  readonly actor: Actor;
  /** The repository that `{owner}/{repo}` names; reading it on a route without them is a defect and throws. */
  readonly repo: Repository;
  readonly github: LocalGitHub;
}

export interface ApiResponse {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly raw?: Buffer | Readable;
}

export interface RouteMatch {
  readonly route: Route;
  readonly params: Record<string, string>;
}

/** Path parameters that may hold slashes (GitHub's own behaviour). */
const GREEDY = new Set(['ref', 'path', 'basehead', 'branch', 'tag']);

interface CompiledRoute {
  readonly route: Route;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly literals: number;
}

function compile(route: Route): CompiledRoute {
  const names: string[] = [];
  let literals = 0;
  const pattern = route.path
    .split('/')
    .slice(1)
    .map((segment) => {
      const name = /^\{(\w+)\}$/.exec(segment)?.[1];
      if (name === undefined) {
        literals += 1;
        return `/${segment.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}`;
      }
      names.push(name);
      if (name === 'path') return '(?:/(.*))?';
      return GREEDY.has(name) ? '/(.+)' : '/([^/]+)';
    })
    .join('');
  return { route, pattern: new RegExp(`^${pattern}$`), names, literals };
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

/** Matches paths to routes; among several, the one with the most literal segments wins. */
export function createRouter(routes: readonly Route[]): (method: string, path: string) => RouteMatch | undefined {
  const compiled = routes.map(compile).sort((a, b) => b.literals - a.literals);
  return (method, path) => {
    for (const candidate of compiled) {
      if (candidate.route.method !== method) continue;
      const match = candidate.pattern.exec(path);
      if (match === null) continue;
      const params: Record<string, string> = {};
      let wellFormed = true;
      candidate.names.forEach((name, index) => {
        const value = decoded(match[index + 1] ?? '');
        if (value === undefined) wellFormed = false;
        else params[name] = value;
      });
      if (wellFormed) return { route: candidate.route, params };
    }
    return undefined;
  };
}

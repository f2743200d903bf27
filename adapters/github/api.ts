import { z } from 'zod';
import { GitId } from '../../core/names.ts';
import { PortError } from '../../flows/ports.ts';
import { type Cache, leastRecentlyUsed } from './cache.ts';
import { isWhole, linkOf, portError, statusOf } from './errors.ts';

/** The part of an Octokit that the adapters use: an App installation's and a job token's are alike. */
export interface Requester {
  request(
    route: string,
    parameters?: Record<string, unknown>,
  ): Promise<{ status: number; headers: Record<string, string | number | undefined>; data: unknown; url: string }>;
}

/** A git ref as the API shows it. */
export const Reference = z.object({ ref: z.string(), object: z.object({ sha: GitId, type: z.string() }) });

export interface RepositoryId {
  readonly owner: string;
  readonly repo: string;
}

export type Parameters = Readonly<Record<string, unknown>>;

/** Requests about one repository, whose answers are validated and whose failures are PortErrors. */
export interface Api {
  readonly repository: RepositoryId;
  get<T>(route: string, parameters: Parameters, schema: z.ZodType<T>): Promise<T>;
  /** Null on 404. */
  find<T>(route: string, parameters: Parameters, schema: z.ZodType<T>): Promise<T | null>;
  /** Items of every page, at most `limit` pages of 100. @throws PortError `too_large` when there are more */
  list<T>(route: string, parameters: Parameters, schema: z.ZodType<readonly T[]>, limit?: number): Promise<T[]>;
  /** Refs whose full name starts with `refs/` and this; documented as one answer, and read on if it is not. */
  refs(prefix: string): Promise<z.infer<typeof Reference>[]>;
  send<T>(route: string, parameters: Parameters, schema: z.ZodType<T>): Promise<T>;
  /** The raw answer, for redirects and for statuses that mean something. */
  raw(
    route: string,
    parameters: Parameters,
  ): Promise<{ status: number; headers: Record<string, unknown>; data: unknown }>;
}

export interface ApiOptions {
  readonly octokit: Requester;
  readonly repository: RepositoryId;
  /** Answers with their ETag: a 304 costs nothing of the rate limit. One cache per token's rights, never shared wider. */
  readonly etags?: Cache<Tagged>;
  /** Milliseconds a request may take. */
  readonly timeout?: number;
}

export interface Tagged {
  readonly etag: string;
  readonly data: unknown;
  readonly link: string;
  /** Characters of the data as JSON. */
  readonly size: number;
}

/** What one answer takes of the cache, beside the size of its data. */
const ENTRY = 1_000;
/** Answers with their ETag, in memory that is bounded: of comments, say, anybody can make pages of megabytes. */
export const etagCache = (): Cache<Tagged> => leastRecentlyUsed(4_000_000, ({ size }) => ENTRY + size);

const API_VERSION = '2022-11-28';
const PAGES = 100;

export function githubApi({ octokit, repository, etags = etagCache(), timeout = 30_000 }: ApiOptions): Api {
  const request = (route: string, parameters: Parameters, headers: Record<string, string> = {}) => {
    const { headers: own, request: options, ...rest } = parameters;
    return octokit.request(route, {
      // Octokit would send what the route does not name as a query.
      ...(route.includes('{owner}/{repo}') ? repository : {}),
      ...rest,
      headers: { 'x-github-api-version': API_VERSION, ...headers, ...(isObject(own) ? own : {}) },
      request: { signal: AbortSignal.timeout(timeout), ...(isObject(options) ? options : {}) },
    });
  };
  const read = async (route: string, parameters: Parameters): Promise<Tagged> => {
    const key = `${route} ${JSON.stringify(parameters)}`;
    const known = etags.get(key);
    try {
      const answer = await request(route, parameters, known === undefined ? {} : { 'if-none-match': known.etag });
      const { data } = answer;
      const etag = String(answer.headers['etag'] ?? '');
      const isKept = etag !== '' && isWhole(data);
      const size = isKept ? (JSON.stringify(data)?.length ?? 0) : 0;
      const fresh = { etag, data, link: String(answer.headers['link'] ?? ''), size };
      if (isKept) etags.set(key, fresh);
      return fresh;
    } catch (error) {
      // The page is as it was; whether another one follows it by now is told anew.
      if (statusOf(error) === 304 && known !== undefined) return { ...known, link: linkOf(error) ?? known.link };
      throw error;
    }
  };
  const api: Api = {
    repository,
    async get(route, parameters, schema) {
      return validated(route, schema, (await read(route, parameters).catch(refuse(route))).data);
    },
    async find(route, parameters, schema) {
      try {
        return await api.get(route, parameters, schema);
      } catch (error) {
        if (error instanceof PortError && error.code === 'not_found') return null;
        throw error;
      }
    },
    list: (route, parameters, schema, limit = PAGES) =>
      pages(route, schema, limit, (page) => read(route, { ...parameters, per_page: 100, page })),
    refs(prefix) {
      const route = 'GET /repos/{owner}/{repo}/git/matching-refs/{ref}';
      const next = (page: number) => read(route, { ref: prefix, ...(page === 1 ? {} : { page }) });
      return pages(route, z.array(Reference), 10 * PAGES, next);
    },
    async send(route, parameters, schema) {
      const answer = await request(route, parameters).catch(refuse(route));
      return validated(route, schema, answer.data);
    },
    async raw(route, parameters) {
      return request(route, parameters).catch(refuse(route));
    },
  };
  return api;
}

async function pages<T>(
  route: string,
  schema: z.ZodType<readonly T[]>,
  limit: number,
  read: (page: number) => Promise<Tagged>,
): Promise<T[]> {
  const items: T[] = [];
  for (let page = 1; page <= limit; page += 1) {
    const answer = await read(page).catch(refuse(route));
    items.push(...validated(route, schema, answer.data));
    if (!answer.link.includes('rel="next"')) return items;
  }
  throw new PortError('too_large', `${route}: expected at most ${limit} pages, got more`);
}

function refuse(route: string): (error: unknown) => never {
  return (error) => {
    throw portError(error, route);
  };
}

/** @throws PortError `malformed` when the answer is not of the shape that we use */
function validated<T>(route: string, schema: z.ZodType<T>, data: unknown): T {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  if (!isWhole(data))
    throw new PortError('unavailable', `${route}: expected JSON, got an answer that was cut off; it is tried again`);
  const [issue] = result.error.issues;
  const where = issue === undefined ? '' : ` at ${issue.path.join('.') || 'the top'}: ${issue.message}`;
  throw new PortError('malformed', `${route}: the answer has not the documented shape${where}`, {
    cause: result.error,
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

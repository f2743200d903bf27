import { z } from 'zod';

/** An API call that was refused, in GitHub's words. */
export class ClientError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ClientError';
    this.status = status;
  }
}

/** The page reads and writes through the REST API alone, as the signed-in person, so it can do what they may and no more. */
export interface Client {
  get<S extends z.ZodType>(path: string, schema: S): Promise<z.infer<S>>;
  /** As `get`, but undefined where there is no such thing. */
  find<S extends z.ZodType>(path: string, schema: S): Promise<z.infer<S> | undefined>;
  /** All items of a list, through its pages, at most `MOST_PAGES` of 100. */
  list<S extends z.ZodType>(path: string, schema: S, field?: string): Promise<z.infer<S>[]>;
  send(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body: object): Promise<unknown>;
  /** Text that an endpoint gives or redirects to; undefined where there is none yet. */
  text(path: string): Promise<string | undefined>;
  /** A file that an endpoint gives or redirects to. */
  bytes(path: string, accept?: string): Promise<Buffer>;
}

const MOST_PAGES = 10;
const Refusal = z.object({
  message: z.string(),
  errors: z.array(z.union([z.string(), z.object({ message: z.string().optional() })])).optional(),
});

async function refusal(response: Response): Promise<ClientError> {
  const parsed = Refusal.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) return new ClientError(response.status, `the API answered ${response.status}`);
  const details = (parsed.data.errors ?? [])
    .map((error) => (typeof error === 'string' ? error : error.message))
    .filter(Boolean);
  return new ClientError(response.status, [parsed.data.message, ...details].join(': '));
}

/** @param api for example `http://127.0.0.1:PORT/api/v3` */
export function createClient(api: string, token: string | undefined): Client {
  const headers = {
    accept: 'application/vnd.github+json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const call = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(`${api}${path}`, { ...init, headers: { ...headers, ...init.headers } });
    if (!response.ok) throw await refusal(response);
    return response;
  };
  const get: Client['get'] = async (path, schema) => schema.parse(await (await call(path)).json());
  const missing = (error: unknown): undefined => {
    if (error instanceof ClientError && error.status === 404) return undefined;
    throw error;
  };
  return {
    get,
    find: (path, schema) => get(path, schema).catch(missing),
    list: async (path, schema, field) => {
      const all: z.infer<typeof schema>[] = [];
      for (let page = 1; page <= MOST_PAGES; page += 1) {
        const list = z.array(schema);
        const query = `${path}${path.includes('?') ? '&' : '?'}per_page=100&page=${page}`;
        const items =
          field === undefined ? await get(query, list) : (await get(query, z.object({ [field]: list })))[field];
        all.push(...(items ?? []));
        if ((items ?? []).length < 100) break;
      }
      return all;
    },
    send: async (method, path, body) => {
      const response = await call(path, {
        method,
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      });
      return response.status === 204 ? undefined : await response.json();
    },
    bytes: async (path, accept) =>
      Buffer.from(await (await call(path, accept === undefined ? {} : { headers: { accept } })).arrayBuffer()),
    text: async (path) => {
      try {
        return await (await call(path)).text();
      } catch (error) {
        return missing(error);
      }
    },
  };
}

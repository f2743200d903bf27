import { type IncomingMessage, request as requestHttp } from 'node:http';
import { type RequestOptions, request as requestHttps } from 'node:https';
import { PortError } from '../../../flows/ports.ts';
import type { Cluster } from './cluster.ts';

/** Milliseconds for one request, and the largest answer in bytes but for logs. */
const TIMEOUT_MS = 30_000;
const MAX_BYTES = 16 * 2 ** 20;

export interface Asked {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface Answered {
  readonly status: number;
  readonly body: Buffer;
  /** Milliseconds since the epoch by the server's clock; null where it does not say. */
  readonly date: number | null;
  /** From `retry-after`, milliseconds. */
  readonly retryAfter: number | null;
}

/** Takes the body as it comes; what it returns false to ends the reading. */
export type Take = (chunk: Buffer) => boolean;

/**
 * One request, bounded in time and size, following no redirect. Written on Node's own client: the generated one reads
 * whatever comes into memory, as text.
 * @throws PortError `unavailable`, `forbidden` where credentials can't be had
 */
export async function ask(cluster: Cluster, asked: Asked): Promise<Answered> {
  const chunks: Buffer[] = [];
  let size = 0;
  const take = (chunk: Buffer): boolean => {
    size += chunk.length;
    if (size > MAX_BYTES)
      throw new PortError('malformed', `kubernetes: ${asked.path} answered with more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
    return true;
  };
  const answer = await exchange(cluster, asked, () => take);
  return { ...answer, body: Buffer.concat(chunks) };
}

/** As `ask`; the body of a 200 goes to `take`, of all else into `body`. */
export async function askStream(cluster: Cluster, asked: Asked, take: Take): Promise<Answered> {
  const refusal: Buffer[] = [];
  let size = 0;
  const keep = (chunk: Buffer): boolean => {
    size += chunk.length;
    if (size <= 65_536) refusal.push(chunk);
    return size <= 65_536;
  };
  const answer = await exchange(cluster, asked, (status) => (status === 200 ? take : keep));
  return { ...answer, body: Buffer.concat(refusal) };
}

async function exchange(
  cluster: Cluster,
  asked: Asked,
  taker: (status: number) => Take,
): Promise<Omit<Answered, 'body'>> {
  const url = new URL(`${cluster.server.pathname.replace(/\/$/, '')}${asked.path}`, cluster.server);
  for (const [name, value] of Object.entries(asked.query ?? {})) url.searchParams.set(name, value);
  const body = asked.body === undefined ? null : Buffer.from(JSON.stringify(asked.body));
  const options: RequestOptions = { method: asked.method, signal: AbortSignal.timeout(TIMEOUT_MS) };
  await cluster.authenticate(options).catch((cause: unknown) => {
    throw new PortError(
      'forbidden',
      `kubernetes: the credentials for ${cluster.server.host} can't be had: ${wordsOf(cause)}`,
      { cause },
    );
  });
  options.headers = {
    ...(Array.isArray(options.headers) ? {} : options.headers),
    accept: asked.path.endsWith('/log') ? '*/*' : 'application/json',
    ...(body === null ? {} : { 'content-type': contentType(asked), 'content-length': String(body.length) }),
  };
  try {
    const response = await send(url, options, body);
    const status = response.statusCode ?? 0;
    await drain(response, taker(status));
    return { status, date: timeOf(response.headers.date), retryAfter: secondsOf(response.headers['retry-after']) };
  } catch (cause) {
    if (cause instanceof PortError) throw cause;
    throw new PortError('unavailable', `kubernetes: ${cluster.server.host} can't be reached: ${wordsOf(cause)}`, {
      cause,
    });
  }
}

function send(url: URL, options: RequestOptions, body: Buffer | null): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = request(url, options, resolve);
    sent.on('error', reject);
    sent.end(body ?? undefined);
  });
}

async function drain(response: IncomingMessage, take: Take): Promise<void> {
  for await (const chunk of response) {
    // Leaving the loop destroys the stream and with it the connection: nothing more is read.
    if (!take(chunk as Buffer)) return;
  }
}

function contentType({ method }: Asked): string {
  return method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
}

function timeOf(date: string | undefined): number | null {
  const time = Date.parse(date ?? '');
  return Number.isNaN(time) ? null : time;
}

function secondsOf(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) * 1000 : null;
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message.slice(0, 300) : 'for no known reason';
}

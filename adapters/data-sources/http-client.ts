import { createHash } from 'node:crypto';
import { lookup as resolveName } from 'node:dns';
import { createWriteStream } from 'node:fs';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { isIP, type LookupFunction } from 'node:net';
import { pipeline as joined, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { isPublicAddress } from '../../core/data/sources/address.ts';
import { publicAddress } from '../../core/data/sources/reference.ts';
import { DataEngineError } from '../../flows/check-data/ports.ts';

const MAX_REDIRECTS = 5;
/** In bytes, of an answer that is held in memory. */
const MAX_ANSWER = 64 * 1024 * 1024;
/** In milliseconds, without a byte. */
const IDLE = 60_000;

export interface HttpLimits {
  readonly maxBytes: number;
  readonly seconds: number;
  /** Whether loopback, private and link-local addresses may be reached. */
  readonly allowPrivate: boolean;
  /** Whether an address that a redirect leads to may be read; all may where this is absent. */
  readonly mayFollow?: (url: string) => boolean;
}

export interface HttpCall {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  /** Sent to the first origin only: redirects elsewhere get none of them but `accept`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Downloaded {
  readonly bytes: number;
  readonly sha256: string;
  readonly md5: string;
  readonly etag: string | null;
  /** Whether the answer said where it ends; one that ends with the connection may be cut, and nobody can tell. */
  readonly delimited: boolean;
}

/** @throws DataEngineError `unreadable`, `timed_out`; messages name addresses without their queries */
export async function download(call: HttpCall, target: string, limits: HttpLimits): Promise<Downloaded> {
  return answered(call, limits, async (response, signal) => {
    if (response.statusCode !== 200) throw refusedBy(call.url, response, await textOf(response, 2000));
    const [sha256, md5] = [createHash('sha256'), createHash('md5')];
    let bytes = 0;
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        if (bytes > limits.maxBytes) return done(tooLarge(call.url, limits.maxBytes));
        sha256.update(chunk);
        md5.update(chunk);
        done(null, chunk);
      },
    });
    const expected = Number(response.headers['content-length'] ?? Number.NaN);
    if (expected > limits.maxBytes) throw tooLarge(call.url, limits.maxBytes);
    await pipeline(response, counted, createWriteStream(target), { signal });
    if (!Number.isNaN(expected) && expected !== bytes)
      throw new DataEngineError('unreadable', `${publicAddress(call.url)}: expected ${expected} bytes, got ${bytes}`);
    const { etag, 'transfer-encoding': coding } = response.headers;
    return {
      ...{ bytes, sha256: sha256.digest('hex'), md5: md5.digest('hex'), etag: etag?.slice(0, 1024) ?? null },
      delimited: !Number.isNaN(expected) || coding !== undefined,
    };
  });
}

export interface JsonAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** One call whose answer is JSON, whatever its status; null for a body that is none. @throws DataEngineError */
export function callJson(call: HttpCall, limits: Omit<HttpLimits, 'maxBytes'>): Promise<JsonAnswer> {
  return answered(call, { ...limits, maxBytes: MAX_ANSWER }, async (response) => {
    const text = await textOf(response, MAX_ANSWER);
    return { status: response.statusCode ?? 0, body: jsonOf(text) };
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function answered<T>(
  call: HttpCall,
  limits: HttpLimits,
  read: (response: IncomingMessage, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(limits.seconds * 1000);
  try {
    let { url } = call;
    for (let count = 0; ; count += 1) {
      const response = await send({ ...call, url, headers: headersFor(call, url) }, limits, signal);
      const location = response.headers.location;
      if (location === undefined || ![301, 302, 303, 307, 308].includes(response.statusCode ?? 0))
        return await read(response, signal);
      response.destroy();
      url = followed(call, url, location, limits);
      if (count === MAX_REDIRECTS)
        throw new DataEngineError('unreadable', `${publicAddress(call.url)}: more than ${MAX_REDIRECTS} redirects`);
    }
  } catch (cause) {
    if (cause instanceof DataEngineError) throw cause;
    if (signal.aborted)
      throw new DataEngineError('timed_out', `${publicAddress(call.url)}: not read within ${limits.seconds} s`, {
        cause,
      });
    const why = cause instanceof Error ? cause.message.slice(0, 300) : String(cause);
    throw new DataEngineError('unreadable', `${publicAddress(call.url)} can’t be read: ${why}`, { cause });
  }
}

function headersFor(call: HttpCall, url: string): Record<string, string> {
  const headers = { 'user-agent': 'trainyard', accept: '*/*', ...call.headers };
  if (new URL(url).origin === new URL(call.url).origin) return headers;
  return { 'user-agent': headers['user-agent'], accept: headers.accept };
}

function followed(call: HttpCall, from: string, location: string, limits: HttpLimits): string {
  const name = publicAddress(call.url);
  if (!URL.canParse(location, from)) throw new DataEngineError('unreadable', `${name}: a redirect to no address`);
  const to = new URL(location, from);
  if (call.body !== undefined || call.method === 'POST')
    throw new DataEngineError('unreadable', `${name}: redirected to ${publicAddress(to.href)}: use that address`);
  if (to.protocol !== 'https:' && !(to.protocol === 'http:' && new URL(from).protocol === 'http:'))
    throw new DataEngineError('unreadable', `${name}: redirected to ${to.protocol}, expected https:`);
  if (limits.mayFollow?.(to.href) === false)
    throw new DataEngineError('unreadable', `${name}: redirected to ${publicAddress(to.href)}, which may not be read`);
  return to.href;
}

async function send(call: HttpCall, limits: HttpLimits, signal: AbortSignal): Promise<IncomingMessage> {
  const url = new URL(call.url);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !limits.allowPrivate && !isPublicAddress(host)) throw notPublic(host);
  const options: RequestOptions = {
    method: call.method ?? 'GET',
    headers: {
      ...call.headers,
      ...(call.body === undefined ? {} : { 'content-length': Buffer.byteLength(call.body) }),
    },
    agent: false,
    timeout: IDLE,
    signal,
    ...(!limits.allowPrivate ? { lookup: publicLookup } : host.endsWith('.localhost') ? { lookup: loopback } : {}),
  };
  // Only now: most checks read files, and node:http takes half as long to load as all of node.
  const client = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  return new Promise((resolve, reject) => {
    const request: ClientRequest = client.request(url, options, resolve);
    request.once('timeout', () => request.destroy(new Error(`no byte came for ${IDLE / 1000} s`)));
    request.once('error', reject);
    request.end(call.body);
  });
}

/** The very address that is looked at is connected to: a name can't answer differently the second time. */
const publicLookup: LookupFunction = (host, options, done) => {
  resolveName(host, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return done(error, []);
    const wrong = addresses.find(({ address }) => !isPublicAddress(address));
    const [first] = addresses;
    if (wrong !== undefined || first === undefined) return done(notPublic(host), []);
    if (options.all === true) done(null, addresses);
    else done(null, first.address, first.family);
  });
};

/** RFC 6761, 6.3: names below `localhost` are this machine, which not every resolver knows. */
const loopback: LookupFunction = (_host, options, done) => {
  if (options.all === true) done(null, [{ address: '127.0.0.1', family: 4 }]);
  else done(null, '127.0.0.1', 4);
};

function notPublic(host: string): DataEngineError {
  return new DataEngineError(
    'unreadable',
    `${host} is no address of the public internet: private ones are read only where that is allowed (TRAINYARD_ALLOW_PRIVATE_ADDRESSES=1 for trainyard data)`,
  );
}

function tooLarge(url: string, maxBytes: number): DataEngineError {
  return new DataEngineError(
    'unreadable',
    `${publicAddress(url)}: more than the ${maxBytes} bytes that may be fetched`,
  );
}

function refusedBy(url: string, { statusCode }: IncomingMessage, text: string): DataEngineError {
  const said = text.replaceAll(/\s+/g, ' ').trim().slice(0, 200);
  return new DataEngineError(
    'unreadable',
    `${publicAddress(url)}: expected 200, got ${statusCode}${said === '' ? '' : `: ${said}`}`,
  );
}

/** As far as `limit` bytes; more are an error only where all were asked for. */
async function textOf(response: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  const zipped = response.headers['content-encoding'] === 'gzip';
  // An answer that breaks off ends what unpacks it, too: whoever reads that says what happened.
  const body = zipped ? joined(response, createGunzip(), () => {}) : response;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limit && limit === MAX_ANSWER) throw new Error(`an answer of more than ${MAX_ANSWER} bytes`);
    if (length > limit) break;
  }
  return Buffer.concat(chunks).subarray(0, limit).toString('utf8');
}

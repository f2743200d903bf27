import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { z } from 'zod';
import { PortError } from '../../../flows/ports.ts';

/** In bytes: a job's answer holds 20,000 characters of log at most, a list ten thousand rows. */
const MAX_ANSWER = 16 << 20;
const MAX_WORDS = 2000;
/** In milliseconds without a byte. */
const IDLE = 60_000;
/** In milliseconds for all of a call but an upload: a byte now and then would hold its flow, and all behind that, for ever. */
const LONGEST = 120_000;

export interface RayCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the policy's address, with its query. */
  readonly path: string;
  /** JSON, unless it is bytes that are read when they are sent. */
  readonly body?: unknown;
  readonly upload?: { readonly size: number; readonly content: () => AsyncIterable<Uint8Array> };
}

export interface RayAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/**
 * Speaks to one cluster's head and to nothing else: no redirect is followed. Not with `fetch`, whose requests Ray takes
 * for a browser's and refuses (`Sec-Fetch-Mode`).
 */
export class RayClient {
  readonly #base: string;
  readonly #token: string | null;
  readonly #longest: number;

  constructor(address: string, token: string | null, longest: number = LONGEST) {
    this.#base = address.replace(/\/+$/, '');
    this.#token = token;
    this.#longest = longest;
  }

  /** The answer of any status but those that say the same of every call. @throws PortError */
  async call(call: RayCall): Promise<RayAnswer> {
    const response = await this.#send(call);
    const parts: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of response) {
        size += chunk.length;
        if (size > MAX_ANSWER) throw new PortError('malformed', `${shown(call)}: expected at most ${MAX_ANSWER} bytes`);
        parts.push(chunk);
      }
    } catch (error) {
      throw error instanceof PortError ? error : lost(call, error);
    } finally {
      response.destroy();
    }
    return { status: response.statusCode ?? 0, body: Buffer.concat(parts) };
  }

  /** The answer of a call that Ray is to accept; null for 404. @throws PortError */
  async json<T>(call: RayCall, schema: z.ZodType<T>): Promise<T | null> {
    const answer = await this.call(call);
    if (answer.status === 404) return null;
    if (answer.status !== 200) throw refusal(call, answer);
    let raw: unknown;
    try {
      raw = JSON.parse(answer.body.toString('utf8'));
    } catch (cause) {
      // What was cut off on its way looks like this, too.
      throw new PortError('unavailable', `${shown(call)}: expected JSON, found something else`, { cause });
    }
    const parsed = schema.safeParse(raw);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw new PortError(
      'malformed',
      `${shown(call)}: not the answer of a Ray that is known here (${issue?.path.join('.')}: ${issue?.message})`,
    );
  }

  /** Up to `bytes` after the first `skip` of a body, which is not read further; null unless it is answered with 200. */
  async range(call: RayCall, skip: number, bytes: number): Promise<Buffer | null> {
    const response = await this.#send(call);
    const parts: Buffer[] = [];
    let [toSkip, left] = [skip, bytes];
    try {
      if (response.statusCode !== 200) return null;
      for await (const chunk of response as AsyncIterable<Buffer>) {
        const part = chunk.subarray(toSkip, toSkip + left);
        toSkip = Math.max(0, toSkip - chunk.length);
        left -= part.length;
        if (part.length > 0) parts.push(part);
        if (left === 0) break;
      }
    } catch (error) {
      throw lost(call, error);
    } finally {
      response.destroy();
    }
    return Buffer.concat(parts);
  }

  async #send(call: RayCall): Promise<IncomingMessage> {
    const url = new URL(this.#base + call.path);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const body = call.body === undefined ? null : Buffer.from(JSON.stringify(call.body));
      const send = url.protocol === 'https:' ? secureRequest : plainRequest;
      const bounded = call.upload === undefined ? { signal: AbortSignal.timeout(this.#longest) } : {};
      const headers = this.#headers(call, body);
      const asked = send(url, { method: call.method, headers, timeout: IDLE, ...bounded }, resolve);
      asked.on('timeout', () => asked.destroy(new Error(`no answer within ${IDLE / 1000} s`)));
      asked.on('error', reject);
      if (call.upload === undefined) asked.end(body ?? undefined);
      else pour(call.upload.content(), asked).catch((error: unknown) => asked.destroy(asError(error)));
    }).catch((error: unknown) => {
      throw error instanceof PortError ? error : lost(call, error);
    });
    const status = response.statusCode ?? 0;
    if ((status < 300 || status >= 500 || status === 400 || status === 404) && status !== 503) return response;
    response.destroy();
    throw refusal(call, { status, body: Buffer.alloc(0) });
  }

  #headers(call: RayCall, body: Buffer | null): Record<string, string> {
    const size = call.upload?.size ?? body?.length;
    return {
      'user-agent': 'trainyard',
      ...(this.#token === null ? {} : { authorization: `Bearer ${this.#token}` }),
      ...(body === null ? {} : { 'content-type': 'application/json' }),
      ...(size === undefined ? {} : { 'content-length': String(size) }),
    };
  }
}

async function pour(content: AsyncIterable<Uint8Array>, target: NodeJS.WritableStream): Promise<void> {
  for await (const chunk of content) {
    if (target.write(chunk)) continue;
    await new Promise<void>((resolve) => {
      target.once('drain', resolve);
      target.once('close', resolve);
    });
  }
  target.end();
}

/** What an answer that was not expected means to the flow. */
export function refusal(call: RayCall, { status, body }: RayAnswer): PortError {
  const words = body.toString('utf8').trim().slice(-MAX_WORDS);
  const what = `${shown(call)}: Ray answered ${status}${words === '' ? '' : `: ${words}`}`;
  if (status === 401)
    return new PortError('forbidden', `${what}: the cluster asks for a token, give the App TRAINYARD_RAY_TOKEN`);
  if (status === 403)
    return new PortError('forbidden', `${what}: the cluster’s token is another than the App’s TRAINYARD_RAY_TOKEN`);
  if (status === 429) return new PortError('rate_limited', what);
  if (status >= 500) return new PortError('unavailable', what);
  if (status >= 300 && status < 400)
    return new PortError('malformed', `${what}: the address leads elsewhere, name the head’s dashboard itself`);
  return new PortError('malformed', what);
}

function lost(call: RayCall, cause: unknown): PortError {
  return new PortError('unavailable', `${shown(call)}: no whole answer (${asError(cause).message})`, { cause });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function shown({ method, path }: RayCall): string {
  return `${method} ${path.split('?')[0]}`;
}

import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { Sha256 } from '../../../../core/names.ts';
import type { Address } from '../addresses.ts';

export type TransferErrorCode = 'absent' | 'refused' | 'too_large' | 'broken';

/** `absent` and `refused` are answers; `broken` may end otherwise when it is tried again. */
export class TransferError extends Error {
  readonly code: TransferErrorCode;

  constructor(code: TransferErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'TransferError';
    this.code = code;
  }
}

const TRIES = 5;
/** Milliseconds of silence after which a connection is given up. */
const SILENCE_MS = 60_000;

/** Fetches an object into a file. @returns its SHA-256 @throws TransferError */
export async function download(address: Address, file: string, maxBytes: number): Promise<Sha256> {
  return again(async () => {
    const response = await answered(address, null);
    const hash = createHash('sha256');
    let size = 0;
    await pipeline(
      response,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          size += chunk.length;
          if (size > maxBytes) throw new TransferError('too_large', `expected at most ${maxBytes} bytes`);
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(file),
    );
    return Sha256.parse(hash.digest('hex'));
  });
}

/** Puts a file where the address says; asked for anew at each try, since addresses are renewed. @throws TransferError */
export async function upload(address: () => Promise<Address>, file: string): Promise<void> {
  await again(async () => {
    const response = await answered(await address(), file);
    response.resume();
  });
}

export async function digestOfFile(file: string): Promise<{ readonly sha256: Sha256; readonly size: number }> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return { sha256: Sha256.parse(hash.digest('hex')), size: (await stat(file)).size };
}

/** Objects of the store want their length beforehand; no redirect is followed. */
async function answered({ url, method, headers }: Address, file: string | null): Promise<IncomingMessage> {
  const request = new URL(url).protocol === 'https:' ? requestHttps : requestHttp;
  const length = file === null ? {} : { 'content-length': String((await stat(file)).size) };
  const asked = request(url, { method, headers: { ...headers, ...length }, timeout: SILENCE_MS });
  asked.on('timeout', () => asked.destroy(new Error(`silent for ${SILENCE_MS / 1000} s`)));
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    asked.on('response', resolve);
    asked.on('error', reject);
  });
  const sent = file === null ? asked.end() : pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), asked);
  // An early refusal breaks off the sending: what counts is what was answered.
  if (sent instanceof Promise) sent.catch(() => undefined);
  const answer = await response;
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) return answer;
  answer.resume();
  if (status === 404) throw new TransferError('absent', 'the store has no such object');
  if (status >= 500 || status === 429) throw new TransferError('broken', `the store answered ${status}`);
  throw new TransferError('refused', `the store answered ${status}: the address may have expired`);
}

async function again<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await attempt();
    } catch (error) {
      const failure =
        error instanceof TransferError ? error : new TransferError('broken', wordsOf(error), { cause: error });
      if (failure.code === 'absent' || failure.code === 'too_large' || tried === TRIES) throw failure;
      await wait(250 * 2 ** tried);
    }
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 300) : 'broken off';
}

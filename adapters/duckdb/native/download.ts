import { createHash, timingSafeEqual } from 'node:crypto';
import { DataEngineError } from '../../../flows/check-data/ports.ts';
import type { NativePackage } from './packages.ts';

/** The largest of the packages has 25 MB. */
const MAX_BYTES = 64 * 2 ** 20;
const ATTEMPTS = 3;

export interface Registry {
  /** Such as `https://registry.npmjs.org`. */
  readonly url: string;
  /** For a mirror that asks for one; sent to that host alone. */
  readonly token: string | null;
  /** For one attempt, in milliseconds. */
  readonly timeout: number;
  /** Between two attempts. */
  wait(milliseconds: number): Promise<void>;
}

/**
 * The package's tarball from a registry, after its digest was compared. What may pass by itself (no answer, a server's
 * fault, too many requests) is asked for again.
 * @throws DataEngineError `not_installed`
 */
export async function downloadPackage(wanted: NativePackage, registry: Registry): Promise<Buffer> {
  const url = tarballUrl(wanted, registry.url);
  let last: Failed | null = null;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    if (attempt > 1) await registry.wait(1000 * 2 ** (attempt - 2));
    const answer = await attemptDownload(url, registry);
    if (answer.ok) return verified(answer.bytes, wanted, url);
    last = answer;
    if (!answer.passing) break;
  }
  throw failure(`GET ${shown(url)} ${last?.why ?? 'was not tried'}`, last?.cause);
}

interface Failed {
  readonly ok: false;
  readonly why: string;
  readonly passing: boolean;
  readonly cause?: unknown;
}

async function attemptDownload(
  url: URL,
  { token, timeout }: Registry,
): Promise<Failed | { readonly ok: true; readonly bytes: Buffer }> {
  try {
    const response = await fetch(url, {
      // fetch() takes this header away where a redirect leads to another host.
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(timeout),
    });
    if (!response.ok) {
      await response.body?.cancel();
      const passing = response.status >= 500 || response.status === 429 || response.status === 408;
      return { ok: false, why: `answered ${response.status}`, passing };
    }
    const bytes = await bounded(response);
    if (bytes === null) return { ok: false, why: `gave more than ${MAX_BYTES} bytes`, passing: false };
    return { ok: true, bytes };
  } catch (cause) {
    const late = cause instanceof Error && cause.name === 'TimeoutError';
    const why = late ? `did not end within ${Math.round(timeout / 1000)} s` : `failed: ${reasonOf(cause)}`;
    return { ok: false, why, passing: true, cause };
  }
}

async function bounded(response: Response): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function verified(bytes: Buffer, { integrity, name, version }: NativePackage, url: URL): Buffer {
  const found = createHash('sha512').update(bytes).digest();
  const expected = Buffer.from(integrity.replace(/^sha512-/, ''), 'base64');
  if (expected.length === found.length && timingSafeEqual(expected, found)) return bytes;
  throw failure(
    `${shown(url)} gave ${bytes.length} bytes with the digest sha512-${found.toString('base64')}, expected ${integrity} of ${name}@${version}; nothing of it was used`,
  );
}

function tarballUrl({ name, version }: NativePackage, registry: string): URL {
  const base = `${registry.replace(/\/+$/, '')}/`;
  const url = URL.parse(`${name}/-/${name.split('/').at(-1)}-${version}.tgz`, base);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw failure(`expected the address of an npm registry, got ${JSON.stringify(registry.slice(0, 200))}`);
  if (url.username !== '' || url.password !== '')
    throw failure(
      `the registry's address ${shown(url)} holds credentials: give the token in the variable NODE_AUTH_TOKEN`,
    );
  return url;
}

/** Without what may be secret in it. */
function shown(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
  return reason.replace(/\.$/, '');
}

function failure(message: string, cause?: unknown): DataEngineError {
  return new DataEngineError('not_installed', message, { cause });
}

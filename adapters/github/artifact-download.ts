import type { Sha256 } from '../../core/names.ts';
import { PortError } from '../../flows/ports.ts';
import type { Api } from './api.ts';
import { unpack } from './archive.ts';
import { hasCode } from './errors.ts';

export type Fetch = typeof globalThis.fetch;

export interface ArtifactRequest {
  readonly id: number;
  readonly digest: Sha256;
  /** Bytes unpacked. */
  readonly maxBytes: number;
}

/** A zip of files that do not compress is a little larger than they are. */
export const ARCHIVE_OVERHEAD = 1_000_000;
const TIMEOUT = 120_000;

/**
 * Files of a workflow artifact. GitHub answers with a redirect to a signed address, which is followed without our token.
 * @throws PortError `gone`, `digest_mismatch`, `too_large`, `malformed`, `unavailable`
 */
export async function downloadArtifact(
  api: Api,
  fetch: Fetch,
  request: ArtifactRequest,
): Promise<ReadonlyMap<string, Uint8Array>> {
  try {
    return await download(api, fetch, request);
  } catch (error) {
    // What was cut off on its way has another digest, too, and a verdict on that would be final.
    if (!hasCode(error, 'digest_mismatch')) throw error;
    return download(api, fetch, request);
  }
}

async function download(
  api: Api,
  fetch: Fetch,
  { id, digest, maxBytes }: ArtifactRequest,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const location = await locateArtifact(api, id);
  const limit = maxBytes + ARCHIVE_OVERHEAD;
  let archive: Uint8Array;
  try {
    const answer = await fetch(location, { redirect: 'follow', signal: AbortSignal.timeout(TIMEOUT) });
    if (answer.status === 404 || answer.status === 410) throw gone(id);
    if (!answer.ok)
      throw new PortError('unavailable', `artifact ${id}: expected its archive, got HTTP ${answer.status}`);
    archive = await bounded(answer, limit, id);
  } catch (cause) {
    if (cause instanceof PortError) throw cause;
    throw new PortError('unavailable', `artifact ${id}: the download broke off`, { cause });
  }
  return unpack(archive, digest, maxBytes);
}

/** The signed address of an artifact's archive. @throws PortError */
export async function locateArtifact(api: Api, id: number): Promise<URL> {
  const route = 'GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}';
  try {
    const parameters = { artifact_id: id, archive_format: 'zip', request: { redirect: 'manual' } };
    const { status, headers } = await api.raw(route, parameters);
    const location = headers['location'];
    if (status !== 302 || typeof location !== 'string' || !URL.canParse(location)) {
      throw new PortError('malformed', `artifact ${id}: expected a redirect to its archive, got HTTP ${status}`);
    }
    const url = new URL(location);
    const loopback = url.hostname === '127.0.0.1' || url.hostname === 'localhost';
    if (url.protocol !== 'https:' && !loopback) {
      throw new PortError('malformed', `artifact ${id}: expected an https address, got ${url.protocol}`);
    }
    return url;
  } catch (error) {
    if (hasCode(error, 'not_found', 'gone')) throw gone(id);
    throw error;
  }
}

async function bounded(answer: Response, limit: number, id: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.length;
    if (size > limit) throw new PortError('too_large', `artifact ${id}: expected at most ${limit} bytes, got more`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

export function gone(id: number): PortError {
  return new PortError('gone', `artifact ${id}: it expired or was deleted; run it again`);
}

import { PortError, type PortErrorCode } from '../../flows/ports.ts';

/** Where a repository is served over git's smart HTTP, and with which right. */
export interface GitAccess {
  /** `https://github.com/owner/name.git`. */
  readonly url: string;
  /**
   * An installation's or a job's token: sent as a header, and never part of an address, an argument or a file.
   * @param refused the one that the server did not take (any more): another, where there is one
   */
  readonly token: (refused?: string) => Promise<string>;
  readonly now: () => Date;
  readonly fetch?: typeof globalThis.fetch;
}

export type GitService = 'git-upload-pack' | 'git-receive-pack';

const TIMEOUT = 60_000;

/**
 * One request of git's protocol, spoken directly: starting a git process for a question of one line would take longer
 * than its answer, and each would open a connection of its own.
 *
 * @param limit bytes of the answer
 * @throws PortError `forbidden`, `not_found`, `too_large`, `unavailable`
 */
export async function askGit(access: GitAccess, service: GitService, body: Uint8Array, limit: number): Promise<Buffer> {
  const token = await access.token();
  try {
    let answer = await send(access, service, body, token);
    if (answer.status === 401) {
      // Nothing was done yet.
      const other = await access.token(token);
      if (other !== token) answer = await send(access, service, body, other);
      // Who may not ask gets no token at all.
      if (other !== token && answer.status === 401)
        throw new PortError('unavailable', `${service}: the server refused a token that it had just given`);
    }
    if (answer.status !== 200) throw refused(service, answer, await bounded(answer, 1000).catch(() => Buffer.alloc(0)));
    return await bounded(answer, limit);
  } catch (cause) {
    if (cause instanceof PortError) throw cause;
    throw new PortError('unavailable', `${service} of ${access.url}: expected an answer, got none; it is tried again`, {
      cause,
    });
  }
}

function send(access: GitAccess, service: GitService, body: Uint8Array, token: string): Promise<Response> {
  const { url, fetch = globalThis.fetch } = access;
  return fetch(`${url}/${service}`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`,
      'content-type': `application/x-${service}-request`,
      accept: `application/x-${service}-result`,
      'git-protocol': service === 'git-upload-pack' ? 'version=2' : 'version=0',
      'user-agent': 'git/trainyard',
    },
    body,
    // A repository that moved is a redirect; our token is for the host that we know.
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT),
  });
}

function refused(service: GitService, { status, headers }: Response, said: Buffer): PortError {
  const words = said
    .toString('utf8')
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 200);
  const limited = status === 403 && (headers.has('retry-after') || /rate limit/i.test(words));
  return new PortError(
    limited ? 'rate_limited' : codeOf(status),
    `${service}: expected success, got HTTP ${status}${words === '' ? '' : ` (${words})`}`,
  );
}

function codeOf(status: number): PortErrorCode {
  if (status === 401 || status === 403) return 'forbidden';
  if (status === 404 || (status >= 300 && status < 400)) return 'not_found';
  if (status === 429) return 'rate_limited';
  return status >= 500 ? 'unavailable' : 'malformed';
}

async function bounded(answer: Response, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.length;
    if (size > limit) throw new PortError('too_large', `git: expected an answer of at most ${limit} bytes, got more`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

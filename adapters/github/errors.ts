import { z } from 'zod';
import { PortError, type PortErrorCode } from '../../flows/ports.ts';

/** The fields of Octokit's RequestError that decide what a failure means; a network failure has status 500. */
const Failure = z.object({
  status: z.int(),
  message: z.string().catch(''),
  request: z.object({ url: z.string() }).optional(),
  response: z
    .object({
      headers: z.record(z.string(), z.unknown()).catch({}),
      data: z.unknown(),
    })
    .optional(),
});

/** HTTP status of a failed request, null when it was no HTTP failure. */
export function statusOf(error: unknown): number | null {
  const failure = Failure.safeParse(error);
  return failure.success ? failure.data.status : null;
}

/** What GitHub answered to a failed request; null when no answer came. */
export function responseOf(error: unknown): { readonly headers: Record<string, string | number | undefined> } | null {
  const failure = Failure.safeParse(error instanceof PortError ? error.cause : error);
  if (!failure.success || failure.data.response === undefined) return null;
  const told = Object.entries(failure.data.response.headers).map(
    ([name, value]) => [name, typeof value === 'number' ? value : value == null ? undefined : String(value)] as const,
  );
  return { headers: Object.fromEntries(told) };
}

/** The `link` of an answer that Octokit took for a failure: of 304, say. */
export function linkOf(error: unknown): string | null {
  const failure = Failure.safeParse(error);
  const link = failure.success ? failure.data.response?.headers['link'] : undefined;
  return typeof link === 'string' ? link : null;
}

/**
 * Seconds that GitHub asks to wait (`retry-after`, else until `x-ratelimit-reset`), null when it does not say.
 * @param now milliseconds since the epoch
 */
export function retryAfterSeconds(error: unknown, now: number): number | null {
  const cause = error instanceof PortError ? error.cause : error;
  const failure = Failure.safeParse(cause);
  if (!failure.success) return null;
  const headers = failure.data.response?.headers ?? {};
  const after = Number(headers['retry-after']);
  if (Number.isFinite(after) && after > 0) return after;
  const reset = Number(headers['x-ratelimit-reset']);
  if (headers['x-ratelimit-remaining'] === '0' && Number.isFinite(reset)) return Math.max(1, reset - now / 1000);
  return null;
}

function codeOf(status: number, message: string, headers: Record<string, unknown>): PortErrorCode {
  const limited =
    headers['x-ratelimit-remaining'] === '0' || headers['retry-after'] !== undefined || /rate limit/i.test(message);
  if (status === 429 || (status === 403 && limited)) return 'rate_limited';
  switch (status) {
    case 401:
    case 403:
      return 'forbidden';
    case 404:
      return 'not_found';
    case 409:
      return 'conflict';
    case 410:
      return 'gone';
    case 413:
      return 'too_large';
    // 501 says that the server does not know the endpoint: waiting does not help.
    case 501:
      return 'malformed';
    default:
      return status >= 500 ? 'unavailable' : 'malformed';
  }
}

/**
 * What a failed request means to a flow.
 * @param asked what was asked, e.g. `GET /repos/{owner}/{repo}/pulls/{pull_number}`
 */
export function portError(error: unknown, asked: string): PortError {
  if (error instanceof PortError) return error;
  const failure = Failure.safeParse(error);
  if (!failure.success) {
    const message = error instanceof Error ? error.message : String(error);
    return new PortError('unavailable', `${asked}: expected an answer, got ${message}; it is tried again`, {
      cause: error,
    });
  }
  const { status, message, request, response } = failure.data;
  // A 404 to the exchange of the App's key for a token must never read as "what was asked for is not there".
  const unauthorised = status === 404 && request?.url.endsWith('/access_tokens');
  if ((status === 403 || status === 422) && isCutOff(response)) {
    const said = `${asked}: expected success, got HTTP ${status} and a reason that was cut off; it is tried again`;
    return new PortError('unavailable', said, { cause: error });
  }
  const code = unauthorised ? 'forbidden' : codeOf(status, message, response?.headers ?? {});
  return new PortError(code, `${asked}: expected success, got HTTP ${status} (${message.slice(0, 500)})`, {
    cause: error,
  });
}

/** Announced as JSON and none: what it would have said decides, a limit or that what is made is there already. */
function isCutOff(response: z.infer<typeof Failure>['response']): boolean {
  return response !== undefined && /\bjson\b/.test(String(response.headers['content-type'])) && !isWhole(response.data);
}

/** What is no JSON, as when it was cut off on its way, Octokit hands on as text or bytes; of no body, as empty text. */
export function isWhole(data: unknown): boolean {
  return typeof data !== 'string' && !(data instanceof ArrayBuffer);
}

export function hasCode(error: unknown, ...codes: readonly PortErrorCode[]): boolean {
  return error instanceof PortError && codes.includes(error.code);
}

/** Whether the request was understood and refused as invalid: mostly, that what it creates is there already. */
export function isUnprocessable(error: unknown): boolean {
  return error instanceof PortError && statusOf(error.cause) === 422;
}

import { z } from 'zod';
import { PortError, type PortErrorCode } from '../../../flows/ports.ts';

/** What the client throws: by name as S3 calls it, with the answer's status where there was one. */
const S3Failure = z.object({
  name: z.string(),
  message: z.string().default(''),
  $metadata: z.object({ httpStatusCode: z.int().optional() }).default({}),
});

export function isMissing(error: unknown): boolean {
  const failure = S3Failure.safeParse(error);
  return failure.success && (failure.data.name === 'NotFound' || failure.data.name === 'NoSuchKey');
}

/** A failure of the store in our words: what was done, what came back, what to do. Its own words are foreign text. */
export function explained(error: unknown, what: string): PortError {
  if (error instanceof PortError) return error;
  const failure = S3Failure.safeParse(error);
  const { name, status } = failure.success
    ? { name: failure.data.name, status: failure.data.$metadata.httpStatusCode ?? null }
    : { name: String(error), status: null };
  const code = codeOf(name, status);
  const shown = name.replaceAll(/[^A-Za-z0-9_.-]/g, ' ').slice(0, 100);
  return new PortError(code, `${what} failed (${shown}${status === null ? '' : `, ${status}`})${ADVICE[code] ?? ''}`, {
    cause: error,
  });
}

const ADVICE: Partial<Record<PortErrorCode, string>> = {
  forbidden: ': the App’s credentials for the store are missing, expired, or may not do this',
  not_found: ': policy.store names a bucket that is not there',
};

/** S3 answers some of these with 400. */
const CREDENTIALS = new Set(['CredentialsProviderError', 'ExpiredToken', 'InvalidToken', 'TokenRefreshRequired']);

function codeOf(name: string, status: number | null): PortErrorCode {
  if (name === 'NoSuchBucket') return 'not_found';
  if (name === 'SlowDown' || status === 429) return 'rate_limited';
  if (CREDENTIALS.has(name) || status === 401 || status === 403) return 'forbidden';
  if (status !== null && status >= 400 && status < 500 && status !== 408) return 'malformed';
  return 'unavailable';
}

import { ApiError } from '../http/errors.ts';
import type { Tables } from '../tables.ts';
import type { Actor } from './actor.ts';
import { looksLikeJwt, verifyAppJwt } from './jwt.ts';
import { actorOfToken } from './tokens.ts';

/** The secret in an Authorization header: `Bearer x`, `token x`, or the password of `Basic`. */
function secretOf(header: string): string | undefined {
  const match = /^(bearer|token|basic) +(\S+)$/i.exec(header.trim());
  if (match === null) return undefined;
  if (match[1]?.toLowerCase() !== 'basic') return match[2];
  const decoded = Buffer.from(match[2] ?? '', 'base64').toString('utf8');
  return decoded.slice(decoded.indexOf(':') + 1);
}

/**
 * Who sent a request with this Authorization header.
 * @throws ApiError 401 for a credential that is not valid (never falls back to anonymous).
 */
export function authenticate(tables: Tables, header: string | undefined, now: Date): Actor {
  if (header === undefined || header === '') return { kind: 'anonymous' };
  const secret = secretOf(header);
  if (secret === undefined || secret === '') throw new ApiError(401, 'Bad credentials');
  if (looksLikeJwt(secret)) return { kind: 'app', app: verifyAppJwt(tables, secret, now) };
  const actor = actorOfToken(tables, secret, now);
  if (actor === undefined) throw new ApiError(401, 'Bad credentials');
  return actor;
}

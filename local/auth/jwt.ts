import { verify } from 'node:crypto';
import { z } from 'zod';
import type { App } from '../apps/app.ts';
import { ApiError } from '../http/errors.ts';
import type { Tables } from '../tables.ts';

const Header = z.object({ alg: z.string() });
const Claims = z.object({ iat: z.number(), exp: z.number(), iss: z.union([z.string(), z.number()]) });

const MAX_LIFETIME_SECONDS = 600;
const CLOCK_DRIFT_SECONDS = 60;

const unreadable = (): ApiError => new ApiError(401, 'A JSON web token could not be decoded');

function decodePart<S extends z.ZodType>(part: string | undefined, schema: S): z.infer<S> {
  try {
    return schema.parse(JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8')));
  } catch {
    throw unreadable();
  }
}

function findApp(tables: Tables, issuer: string | number): App | undefined {
  const byId = /^\d+$/.test(String(issuer)) ? tables.apps.get(Number(issuer)) : undefined;
  return byId ?? tables.apps.find({ clientId: String(issuer) });
}

/** Whether `token` has the form of a JWT (GitHub's opaque tokens have no dots). */
export const looksLikeJwt = (token: string): boolean => token.split('.').length === 3;

/**
 * The App that signed `token` with RS256.
 * @throws ApiError 401 in GitHub's words: bad form, unknown issuer, wrong signature, expired, or valid for more than
 * ten minutes.
 */
export function verifyAppJwt(tables: Tables, token: string, now: Date): App {
  const [header, payload, signature] = token.split('.');
  if (decodePart(header, Header).alg !== 'RS256') throw unreadable();
  const claims = decodePart(payload, Claims);
  const seconds = now.getTime() / 1000;
  if (claims.exp <= seconds) {
    throw new ApiError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (claims.exp > seconds + MAX_LIFETIME_SECONDS + CLOCK_DRIFT_SECONDS) {
    throw new ApiError(401, "'Expiration time' claim ('exp') is too far in the future");
  }
  if (claims.iat > seconds + CLOCK_DRIFT_SECONDS) {
    throw new ApiError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  const app = findApp(tables, claims.iss);
  if (app === undefined) throw new ApiError(404, 'Integration not found');
  const signed = Buffer.from(`${header}.${payload}`);
  if (
    app.publicKeyPem === '' ||
    !verify('RSA-SHA256', signed, app.publicKeyPem, Buffer.from(signature ?? '', 'base64url'))
  ) {
    throw unreadable();
  }
  return app;
}

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** The ids by which the artifact service knows an attempt at a run, and a job. */
export interface BackendIds {
  readonly run: string;
  readonly job: string;
}

const claimsSchema = z.object({ scp: z.string(), exp: z.number() });

/** Signs and checks ACTIONS_RUNTIME_TOKEN: a JWT whose scope is `Actions.Results:<run>:<job>`. The key lives as long as the server. */
export class RuntimeTokens {
  readonly #key = randomBytes(32);

  issue(ids: BackendIds, issuedAt: Date, expiresAt: Date): string {
    const claims = {
      scp: `Actions.ExampleScope Actions.Results:${ids.run}:${ids.job}`,
      iss: 'local-github',
      aud: 'local-github|vso:1',
      iat: seconds(issuedAt),
      nbf: seconds(issuedAt),
      exp: seconds(expiresAt),
    };
    const body = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
    return `${body}.${this.#sign(body)}`;
  }

  /** @returns undefined for a token that this server did not issue, or that has expired. */
  verify(token: string, now: Date): BackendIds | undefined {
    const [header, payload, signature, ...rest] = token.split('.');
    if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) return undefined;
    if (!equal(signature, this.#sign(`${header}.${payload}`))) return undefined;
    const claims = claimsSchema.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
    if (!claims.success || claims.data.exp <= seconds(now)) return undefined;
    const [, run, job] = /(?:^| )Actions\.Results:([^: ]+):([^: ]+)(?: |$)/.exec(claims.data.scp) ?? [];
    return run === undefined || job === undefined ? undefined : { run, job };
  }

  #sign(body: string): string {
    return createHmac('sha256', this.#key).update(body).digest('base64url');
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}

export function equal(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

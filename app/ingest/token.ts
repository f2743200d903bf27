import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { RepositoryName, RunId } from '../../core/names.ts';

/** Makes and checks tokens with which a run's job may append live metrics of that run, and do nothing else. */
export interface IngestTokens {
  /** @param expires seconds since the epoch */
  issue(repository: RepositoryName, run: RunId, expires: number): string;
  /** @param now seconds since the epoch */
  accepts(token: string, repository: RepositoryName, run: RunId, now: number): boolean;
}

/**
 * @param secret the webhook secret: the same in all replicas, and known to GitHub and us alone
 * @param previous the one that it replaces: tokens of jobs that run meanwhile stay good
 */
export function ingestTokens(secret: string, previous: string | null = null): IngestTokens {
  const [key = Buffer.alloc(0), ...others] = [secret, ...(previous === null ? [] : [previous])].map((one) =>
    Buffer.from(hkdfSync('sha256', one, 'trainyard', 'ingest token, version 1', 32)),
  );
  const mac = (by: Buffer, repository: string, run: string, expires: string): Buffer =>
    createHmac('sha256', by).update(`${repository.toLowerCase()}\n${run}\n${expires}`).digest();
  return {
    issue: (repository, run, expires) =>
      `${expires}.${mac(key, repository, run, String(expires)).toString('base64url')}`,
    accepts(token, repository, run, now) {
      const parts = /^([1-9][0-9]{0,12})\.([A-Za-z0-9_-]{43})$/.exec(token);
      const [, expires = '', signature = ''] = parts ?? [];
      if (parts === null || Number(expires) <= now) return false;
      const given = Buffer.from(signature, 'base64url');
      return [key, ...others].some((one) => timingSafeEqual(given, mac(one, repository, run, expires)));
    },
  };
}

import { createHmac, randomBytes } from 'node:crypto';
import { equal } from './runtime-token.ts';

export type BlobAccess = 'read' | 'write';

/** Addresses that carry their own right, for a minute (download) or an hour (upload), as GitHub's blob store gives them. */
export class SignedUrls {
  readonly #key = randomBytes(32);
  readonly #origin: string;

  /** @param origin with a slash at its end */
  constructor(origin: string) {
    this.#origin = origin;
  }

  issue(path: string, access: BlobAccess, expiresAt: Date, fileName?: string): string {
    const url = new URL(path, this.#origin);
    url.searchParams.set('se', expiresAt.toISOString());
    url.searchParams.set('sp', access);
    if (fileName !== undefined) url.searchParams.set('rscd', `attachment; filename="${fileName}"`);
    url.searchParams.set('sig', this.#sign(url));
    return url.href;
  }

  /** Whether the address was issued for this access and still holds. Parameters that the client adds don't matter. */
  verify(url: URL, access: BlobAccess, now: Date): boolean {
    const expires = Date.parse(url.searchParams.get('se') ?? '');
    return (
      url.searchParams.get('sp') === access &&
      Number.isFinite(expires) &&
      expires > now.getTime() &&
      equal(url.searchParams.get('sig') ?? '', this.#sign(url))
    );
  }

  #sign(url: URL): string {
    const { searchParams } = url;
    const text = JSON.stringify([
      url.pathname,
      searchParams.get('se'),
      searchParams.get('sp'),
      searchParams.get('rscd'),
    ]);
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }
}

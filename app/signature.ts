import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Checks a delivery's signature against each secret, in a time that tells nothing of them or of which one it was.
 * @param secrets those that are null are not in use; the caller has refused to start without the first
 */
export function signedByOneOf(secrets: readonly (string | null)[]): (body: string, signature: string) => boolean {
  const inUse = secrets.filter((secret) => secret !== null);
  return (body, signature) => {
    const given = Buffer.from(/^sha256=([0-9a-f]{64})$/.exec(signature)?.[1] ?? '', 'hex');
    if (given.length !== 32) return false;
    return inUse
      .map((secret) => timingSafeEqual(given, createHmac('sha256', secret).update(body).digest()))
      .includes(true);
  };
}

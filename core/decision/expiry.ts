import type { Seconds } from '../config/quantities.ts';
import { Instant } from '../names.ts';

/** When something ends that was asked for at a time: counted from the comment, so that a replay ends at the same moment. */
export function expiryOf(at: Instant, expiresIn: Seconds | null): Instant | null {
  if (expiresIn === null) return null;
  const end = new Date(Math.floor(Date.parse(at) / 1000) * 1000 + expiresIn * 1000);
  return Instant.parse(end.toISOString().replace('.000Z', 'Z'));
}

import { z } from 'zod';
import { githubApi, type Requester } from '../adapters/github/api.ts';
import type { Log } from './log.ts';

const Deliveries = z.array(
  z.object({
    id: z.int().positive(),
    guid: z.string(),
    status_code: z.int(),
    delivered_at: z.iso.datetime({ offset: true }),
  }),
);
type Delivery = z.infer<typeof Deliveries>[number];

/** GitHub keeps a delivery for redelivery this long. */
const KEPT = 3 * 86_400_000;
/** Milliseconds in which an attempt may still be under way. */
const UNDER_WAY = 20_000;
/** A delivery that failed so often fails for a reason that repeating does not mend. */
const ATTEMPTS = 3;

/**
 * Asks GitHub to send again what did not reach us: it never does so by itself.
 * @param octokit as the App, not as an installation
 * @param now milliseconds since the epoch
 */
export async function redeliverFailed(octokit: Requester, now: number, log: Log): Promise<void> {
  const api = githubApi({ octokit, repository: { owner: '', repo: '' } });
  const deliveries = await api.get('GET /app/hook/deliveries', { per_page: 100 }, Deliveries);
  for (const { id, guid } of failed(deliveries, now)) {
    await api.raw('POST /app/hook/deliveries/{delivery_id}/attempts', { delivery_id: id });
    log.info('a delivery that failed is sent again', { id: guid });
  }
}

/** The newest attempt of each delivery of which none succeeded. */
export function failed(deliveries: readonly Delivery[], now: number): readonly Delivery[] {
  const attempts = Map.groupBy(deliveries, ({ guid }) => guid);
  return [...attempts.values()].flatMap((all) => {
    const arrived = all.some(({ status_code: status }) => status >= 200 && status < 300);
    const [newest] = all.toSorted((a, b) => b.id - a.id);
    if (arrived || newest === undefined || all.length >= ATTEMPTS) return [];
    const age = now - Date.parse(newest.delivered_at);
    return age > UNDER_WAY && age < KEPT ? [newest] : [];
  });
}

import { z } from 'zod';
import { Instant } from '../core/names.ts';
import type { Ports } from './ports.ts';

/** One notice for each pull request: what is late for one reason is told of once. */
const KEY = 'late';
const Told = z.object({ since: Instant, handled: Instant });
/** Milliseconds: what was handled so shortly before was late for the same reason. */
const SAME = 15 * 60_000;

/** Has the pull request's comment say that GitHub kept us waiting, and from when to when. Nothing where it did not. */
export async function noteLate(ports: Pick<Ports, 'inFlight' | 'late' | 'self'>, pullRequest: number): Promise<void> {
  const { late, inFlight, self } = ports;
  if (late === undefined) return;
  const known = told(await inFlight.progress(`late ${pullRequest}`));
  const { handled } = late;
  const same = known !== null && Math.abs(Date.parse(handled) - Date.parse(known.handled)) < SAME;
  const since = same && known.since < late.since ? known.since : late.since;
  const said =
    late.why === 'limited'
      ? 'GitHub’s limits on requests kept us waiting'
      : 'GitHub or the App’s database could not be reached';
  await inFlight.putNotice({
    pullRequest,
    key: KEY,
    at: handled,
    author: self,
    command: '',
    tone: 'info',
    message: `${said} from ${clock(since)} on; what came in meanwhile was handled late, at ${clock(handled)}.`,
  });
  await inFlight.putProgress(`late ${pullRequest}`, JSON.stringify({ since, handled }));
}

function told(value: string | null): z.infer<typeof Told> | null {
  return value === null ? null : Told.parse(JSON.parse(value));
}

/** `2026-11-22 10:14:05 UTC` */
function clock(instant: Instant): string {
  return `${instant.slice(0, 19).replace('T', ' ')} UTC`;
}

import type { Pool } from 'pg';
import { z } from 'zod';
import { githubApi, type Requester } from '../../adapters/github/api.ts';
import { statusOf } from '../../adapters/github/errors.ts';
import { PortError } from '../../flows/ports.ts';
import type { Log } from '../log.ts';
import { type Failed, redeliveries } from './store.ts';

const Page = z.array(
  z.object({
    id: z.int().positive(),
    guid: z.string().min(1).max(200),
    status_code: z.int(),
    delivered_at: z.iso.datetime({ offset: true }),
  }),
);

/** Milliseconds for which GitHub keeps a delivery for redelivery. */
const KEPT = 3 * 86_400_000;
/** Milliseconds that a sweep reads again of what the one before has read: attempts are listed when they have ended. */
const OVERLAP = 120_000;
/** Pages of 100 that one sweep reads; the next one reads on. */
const PAGES = 20;
/** Deliveries that one sweep asks for: GitHub counts a write as five of 900 points a minute. */
const ASKED = 150;

export interface SweepOptions {
  /** As the App, not as an installation. */
  readonly octokit: Requester;
  readonly pool: Pool;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly log: Log;
}

/**
 * Asks GitHub to send again what did not reach us: it never does so by itself. Reads which deliveries failed since the
 * last sweep, however many there are, and asks for those that are due, in the order in which they failed.
 * @throws PortError when GitHub does not answer, and the database's error; the next sweep goes on where this one ended
 */
export async function redeliverFailed({ octokit, pool, now, log }: SweepOptions): Promise<void> {
  const api = githubApi({ octokit, repository: { owner: '', repo: '' } });
  const store = redeliveries(pool);
  let { reached, began, cursor } = await store.progress();
  const since = Math.max(reached ?? 0, now - KEPT);
  began ??= now;
  for (let pages = 0; pages < PAGES; pages += 1) {
    const { failed, oldest, next } = await readPage(api, cursor);
    await store.note(failed.filter(({ deliveredAt }) => deliveredAt >= since));
    cursor = oldest < since ? null : next;
    if (cursor === null) {
      await store.save({ reached: began - OVERLAP, began: null, cursor: null });
      break;
    }
    await store.save({ reached, began, cursor });
  }
  for (const { guid, id } of await store.due(now, ASKED)) {
    await ask(api, id);
    await store.asked(guid);
    log.info('a delivery that failed is sent again', { id: guid });
  }
  await store.forget(now - KEPT);
}

interface PageRead {
  readonly failed: readonly Failed[];
  /** Milliseconds since the epoch; infinity when the page is empty. */
  readonly oldest: number;
  readonly next: string | null;
}

/** Newest first. A cursor that GitHub does not know any more begins anew. */
async function readPage(api: ReturnType<typeof githubApi>, cursor: string | null): Promise<PageRead> {
  const parameters = { per_page: 100, status: 'failure' };
  const route = 'GET /app/hook/deliveries';
  const read = (from: string | null) => api.raw(route, { ...parameters, ...(from === null ? {} : { cursor: from }) });
  const { data, headers } = await read(cursor).catch((error: unknown) => {
    if (cursor === null || !isUnknown(error)) throw error;
    return read(null);
  });
  const page = Page.safeParse(data);
  if (!page.success) throw new PortError('malformed', `${route}: ${page.error.message}`, { cause: page.error });
  // Older servers do not know the filter, and list what succeeded, too.
  const arrived = new Set(page.data.filter((one) => succeeded(one.status_code)).map(({ guid }) => guid));
  const at = page.data.map((one) => Date.parse(one.delivered_at));
  return {
    failed: page.data
      .filter(({ guid }) => !arrived.has(guid))
      .map(({ guid, id, delivered_at }) => ({ guid, id, deliveredAt: Date.parse(delivered_at) })),
    oldest: Math.min(...at, Number.POSITIVE_INFINITY),
    next: nextCursor(String(headers['link'] ?? '')),
  };
}

/** A cursor or a delivery that is too old, or of another server. */
function isUnknown(error: unknown): boolean {
  const status = error instanceof PortError ? statusOf(error.cause) : null;
  return status === 400 || status === 404 || status === 422;
}

async function ask(api: ReturnType<typeof githubApi>, id: number): Promise<void> {
  try {
    await api.raw('POST /app/hook/deliveries/{delivery_id}/attempts', { delivery_id: id });
  } catch (error) {
    // GitHub has dropped it meanwhile: the reconciler finds what it told of.
    if (!isUnknown(error)) throw error;
  }
}

function succeeded(status: number): boolean {
  return status >= 200 && status < 300;
}

function nextCursor(link: string): string | null {
  const url = /<([^>]+)>;\s*rel="next"/.exec(link)?.[1];
  return url === undefined ? null : new URL(url).searchParams.get('cursor');
}

import type { Pool } from 'pg';
import { z } from 'zod';
import { PortError } from '../../flows/ports.ts';
import { UNKNOWN } from './limits.ts';
import { DECIDED_WITHIN, type LimitStore } from './store.ts';

const Budget = z.object({ remaining: z.number(), limit: z.number(), reset: z.number() });
const Limits = z.object({
  budget: Budget.nullable(),
  blockedUntil: z.number(),
  strikes: z.int().min(0),
  writes: z.number(),
  creations: z.number(),
});
// What an older or newer version of the App has left is taken as far as it is understood.
const Row = z.object({ state: Limits.catch(UNKNOWN), version: z.coerce.number(), now: z.coerce.number() });
const Swapped = z.object({ now: z.coerce.number() });

/** By the server's clock, which all replicas share. */
const CLOCK = 'floor(extract(epoch from clock_timestamp()) * 1000)';

/** The limits in `trainyard.limits`, one row for each installation. @throws PortError `unavailable` */
export function databaseStore(pool: Pool): LimitStore {
  const query = async (sql: string, values: readonly unknown[]): Promise<readonly unknown[]> => {
    try {
      return (await pool.query(sql, [...values])).rows;
    } catch (cause) {
      throw new PortError('unavailable', 'the App’s database did not answer; it is tried again', { cause });
    }
  };
  return {
    async read(installation) {
      const select = `select state, version, ${CLOCK} as now from trainyard.limits where installation = $1`;
      const [found] = await query(select, [installation]);
      if (found === undefined) {
        const insert = 'insert into trainyard.limits (installation, state) values ($1, $2) on conflict do nothing';
        await query(insert, [installation, JSON.stringify(UNKNOWN)]);
      }
      const { state, version, now } = Row.parse(found ?? (await query(select, [installation]))[0]);
      return { limits: state, version, now };
    },
    async swap(installation, version, limits, decidedAt) {
      const [swapped] = await query(
        `update trainyard.limits set state = $3, version = version + 1, recorded_at = now()
         where installation = $1 and version = $2 and abs(${CLOCK} - $4) < ${DECIDED_WITHIN}
         returning ${CLOCK} as now`,
        [installation, version, JSON.stringify(limits), decidedAt],
      );
      return swapped === undefined ? null : { limits, version: version + 1, now: Swapped.parse(swapped).now };
    },
  };
}

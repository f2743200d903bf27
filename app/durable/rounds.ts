import type { Pool } from 'pg';
import { z } from 'zod';

const Claimed = z.object({ number: z.coerce.number().int() });

/** Which of the replicas does what is done once in a while. */
export interface Rounds {
  /**
   * @param pause milliseconds that must have passed since the last one
   * @returns the number of the round, new each time; null where one of the replicas did it lately
   */
  claim(pause: number): Promise<number | null>;
}

/** Whichever replica asks first does the next round, by the database's clock. */
export function sharedRounds(pool: Pool, name: string): Rounds {
  // Not the time at which a statement began: it may have waited for another one's claim since.
  const sql = `insert into trainyard.rounds (name, number, at) values ($1, 1, clock_timestamp())
    on conflict (name) do update set number = rounds.number + 1, at = clock_timestamp()
    where rounds.at < clock_timestamp() - make_interval(secs => $2) or rounds.at > clock_timestamp()
    returning number`;
  return {
    async claim(pause) {
      const { rows } = await pool.query(sql, [name, pause / 1000]);
      return rows.length === 0 ? null : Claimed.parse(rows[0]).number;
    },
  };
}

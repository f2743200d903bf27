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
  const sql = `insert into trainyard.rounds (name, number, at) values ($1, 1, now())
    on conflict (name) do update set number = rounds.number + 1, at = now()
    where rounds.at < now() - make_interval(secs => $2) or rounds.at > now()
    returning number`;
  return {
    async claim(pause) {
      const { rows } = await pool.query(sql, [name, pause / 1000]);
      return rows.length === 0 ? null : Claimed.parse(rows[0]).number;
    },
  };
}

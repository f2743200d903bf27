import { withoutValues } from '../../core/data/checks/engine-words.ts';
import type { SqlScalar } from '../../core/data/checks/result-row.ts';
import { type DataEngine, DataEngineError } from './ports.ts';

/** What the engine gives; in words why not, where data and query don't go together. */
export async function attempted<T>(ask: () => Promise<T>): Promise<T | string> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof DataEngineError) || error.code !== 'query_failed') throw error;
    return `the engine can’t compute it: ${withoutValues(error.message)}`;
  }
}

/** The one row that a query gives; in words why not, where data and query don't go together. */
export function tried(engine: DataEngine, sql: string): Promise<readonly SqlScalar[] | string> {
  return attempted(async () => (await engine.query(sql)).rows[0] ?? []);
}

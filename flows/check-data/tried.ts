import { type DataEngine, DataEngineError } from './ports.ts';

/** The one row that a query gives; in words why not, where data and query don't go together. */
export async function tried(
  engine: DataEngine,
  sql: string,
): Promise<readonly (string | number | boolean | null)[] | string> {
  try {
    return (await engine.query(sql)).rows[0] ?? [];
  } catch (error) {
    if (!(error instanceof DataEngineError) || error.code !== 'query_failed') throw error;
    return `the engine can’t compute it: ${(error.message.split('\n')[0] ?? '').slice(0, 500)}`;
  }
}

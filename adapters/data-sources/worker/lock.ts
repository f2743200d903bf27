import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteText } from '../../../core/data/sql/quote.ts';

/** From here on, DuckDB touches nothing but these paths and folders, and no query can change that. */
export async function lock(
  connection: DuckDBConnection,
  paths: readonly string[],
  folders: readonly string[],
): Promise<void> {
  const list = (texts: readonly string[]): string => `[${texts.map(quoteText).join(', ')}]`;
  await connection.run(`SET allowed_paths = ${list(paths)}`);
  if (folders.length > 0) await connection.run(`SET allowed_directories = ${list(folders)}`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
}

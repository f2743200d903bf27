import { DataEngineError } from '../../flows/check-data/ports.ts';

/**
 * The address of DuckDB's package for this platform as installed beside this program.
 * @throws DataEngineError `not_installed`, with what to do
 */
export function findBinding(): string {
  try {
    return import.meta.resolve('@duckdb/node-api');
  } catch (cause) {
    const message = `data in this format needs DuckDB (@duckdb/node-api), which is not installed for ${process.platform}-${process.arch}: run \`npm install\` where Trainyard is`;
    throw new DataEngineError('not_installed', message, { cause });
  }
}

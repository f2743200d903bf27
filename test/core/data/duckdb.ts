import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll } from 'vitest';
import type { SqlScalar } from '../../../core/data/checks/result-row.ts';

/** A DuckDB in memory for the tests of one file. @returns asks for the first row of an answer, as the worker hands it over */
export function inMemory(): (sql: string) => Promise<SqlScalar[]> {
  let instance: DuckDBInstance;
  beforeAll(async () => {
    instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  });
  afterAll(() => instance.closeSync());
  return async (sql) => {
    const connection = await instance.connect();
    try {
      const [row = []] = (await connection.runAndReadAll(sql)).getRowsJson();
      return row.map((cell) => (typeof cell === 'object' && cell !== null ? String(cell) : cell));
    } finally {
      connection.closeSync();
    }
  };
}

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { quoteText } from '../core/data/sql/quote.ts';

/** Git ignores this folder; everything in it can be made or fetched again. */
export const CACHE = join(import.meta.dirname, '../.trainyard/bench');

/** The package with three million real flights (the US Bureau of Transportation Statistics, 2001), and the file in it. */
const PACKAGE = 'vega-datasets@3.2.1';
const FLIGHTS = 'package/data/flights-3m.parquet';

/** Three million flights, as they are published. */
export function flightsParquet(): string {
  mkdirSync(CACHE, { recursive: true });
  const path = join(CACHE, FLIGHTS);
  if (!existsSync(path)) {
    execFileSync('npm', ['pack', PACKAGE, '--silent'], { cwd: CACHE, stdio: ['ignore', 'ignore', 'inherit'] });
    execFileSync('tar', ['-xzf', `${PACKAGE.replace('@', '-')}.tgz`, FLIGHTS], { cwd: CACHE });
  }
  return path;
}

export function flightsCsv(): Promise<string> {
  return made('flights.csv', `FROM ${quoteText(flightsParquet())}`);
}

/** Ten million flights. */
export function largeCsv(): Promise<string> {
  return made(
    'flights-10m.csv',
    `SELECT f.* FROM range(4) AS t(i), ${quoteText(flightsParquet())} AS f LIMIT 10000000`,
  );
}

/** The first and the second half of the flights, without their dates. */
export async function halves(): Promise<readonly [head: string, base: string]> {
  const numbered = `SELECT *, row_number() OVER () AS r FROM ${quoteText(flightsParquet())}`;
  const half = (rows: string): string =>
    `SELECT delay, distance, origin, destination FROM (${numbered}) WHERE ${rows} ORDER BY r`;
  return [await made('half-1.parquet', half('r <= 1500000')), await made('half-2.parquet', half('r > 1500000'))];
}

/** A thousand columns of a hundred thousand rows. */
export function wideCsv(): Promise<string> {
  return made('wide.csv', wideTable());
}

async function made(name: string, query: string): Promise<string> {
  const path = join(CACHE, name);
  if (existsSync(path)) return path;
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`COPY (${query}) TO ${quoteText(`${path}.part-${name}`)}`);
  connection.closeSync();
  renameSync(`${path}.part-${name}`, path);
  return path;
}

const KINDS = ['number', 'integer', 'string', 'date'] as const;

/** The kind of each column of the wide table, in turn. */
export function kindOf(column: number): (typeof KINDS)[number] {
  return KINDS[column % KINDS.length] ?? 'number';
}

export const WIDE_COLUMNS = 1000;

function wideTable(): string {
  const columns = Array.from({ length: WIDE_COLUMNS }, (_, index) => {
    const random = `hash(i, ${index})`;
    const value = {
      number: `round(${random} / 1e16, 4)`,
      integer: `${random} % ${10 ** (1 + (index % 6))}`,
      string: `'v' || (${random} % ${index + 2})`,
      date: `DATE '2001-01-01' + CAST(${random} % 3000 AS INTEGER)`,
    }[kindOf(index)];
    return `${value} AS x${index}`;
  });
  return `SELECT ${columns.join(', ')} FROM range(100000) AS t(i)`;
}

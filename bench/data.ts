import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duckDbEngines } from '../adapters/duckdb/engine.ts';
import { localFiles } from '../adapters/duckdb/files.ts';
import { parseContract } from '../core/data/contract.ts';
import { quoteText } from '../core/data/sql/quote.ts';
import { RepoPath } from '../core/names.ts';
import { checkData } from '../flows/check-data/check-data.ts';
import { FLIGHTS_CONTRACT } from './data-contract.ts';
import { type BenchRow, report, timed } from './table.ts';

/**
 * Full validation of three million flights (profile of each column, 20 rules, uniqueness of all columns together) against
 * DuckDB's plain scan-and-sum of the same file in a process of the same kind, and against pandas doing the same checks.
 * TRAINYARD_FLIGHTS names flights-3m.parquet of the npm package vega-datasets 3; TRAINYARD_PANDAS a python with pandas
 * and pyarrow. Each is left out where it is not there.
 */
const RUNS = 3;
const LIMITS = { memoryMb: 2048, threads: 2, seconds: 600, temporaryMb: 16_384 };
const flights = process.env['TRAINYARD_FLIGHTS'];
const python = process.env['TRAINYARD_PANDAS'];

if (flights === undefined || !existsSync(flights)) {
  process.stderr.write(
    'bench:data needs TRAINYARD_FLIGHTS=…/flights-3m.parquet; get it with `npm pack vega-datasets@3` and unpack package/data/flights-3m.parquet\n',
  );
  process.exit(2);
}

const parsed = parseContract(FLIGHTS_CONTRACT, { file: RepoPath.parse('flights.odcs.yaml') });
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
const { contract } = parsed;
const engines = duckDbEngines();

/** What merely reading and adding up everything costs, process and all. */
async function scanAndSum(path: string): Promise<void> {
  const engine = await engines.open([path], LIMITS);
  try {
    await engine.query(
      `SELECT count(*), sum(delay), sum(distance), sum(length(origin)), sum(length(destination)), max(date) FROM ${quoteText(path)}`,
    );
  } finally {
    await engine.close();
  }
}

async function validate(path: string, base: string | null = null): Promise<void> {
  const files = localFiles({ directory: '/' });
  const request = { dataset: 'flights', contractFile: 'flights.odcs.yaml', limits: LIMITS, today: '2026-01-01' };
  const checked = await checkData({ ...request, data: path, contract, base }, { engines, files });
  await files.close();
  if (checked.status !== 'failed' || checked.rows === null)
    throw new Error(`expected the one failure that is in the flights, found ${checked.status}: ${checked.reason}`);
}

function pandas(path: string): void {
  execFileSync(python ?? '', [join(import.meta.dirname, 'data-pandas.py'), path], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function measure(kind: string, path: string): Promise<readonly BenchRow[]> {
  const ours = await timed(RUNS, () => validate(path));
  const scan = await timed(RUNS, () => scanAndSum(path));
  const size = `${(statSync(path).size / 1e6).toFixed(0)} MB`;
  const common = { unit: 'ms', better: 'lower', ours } as const;
  const rows: BenchRow[] = [
    { ...common, what: `${kind} (${size}), full validation`, peer: scan, peerName: 'scan-and-sum' },
  ];
  if (python !== undefined) {
    const peer = await timed(1, () => pandas(path));
    rows.push({ ...common, what: `${kind}, full validation`, peer, peerName: 'pandas' });
  }
  return rows;
}

const directory = mkdtempSync(join(tmpdir(), 'trainyard-bench-'));
try {
  const csv = join(directory, 'flights.csv');
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`COPY (FROM ${quoteText(flights)}) TO ${quoteText(csv)}`);
  connection.closeSync();
  report('data', [...(await measure('CSV', csv)), ...(await measure('Parquet', flights))]);
} finally {
  rmSync(directory, { recursive: true, force: true });
}

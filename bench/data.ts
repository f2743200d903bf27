import { execFileSync } from 'node:child_process';
import { existsSync, openSync, readSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { duckDbEngines } from '../adapters/duckdb/engine.ts';
import { localFiles } from '../adapters/duckdb/files.ts';
import { DATA_MEMORY } from '../cli/data-limits.ts';
import { compareDrift } from '../core/data/drift/drift.ts';
import { quoteText } from '../core/data/sql/quote.ts';
import { driftSamples, type MeasuredTable } from '../flows/check-data/drift-samples.ts';
import { identify } from '../flows/check-data/identify.ts';
import { load } from '../flows/check-data/load.ts';
import { measureTable } from '../flows/check-data/measure.ts';
import type { DataEngine } from '../flows/check-data/ports.ts';
import { contractOf, LIMITS, validate } from './data-check.ts';
import { FLIGHTS_CONTRACT, HALVES_CONTRACT, wideContract } from './data-contract.ts';
import { CACHE, flightsCsv, flightsParquet, halves, largeCsv, wideCsv } from './data-inputs.ts';
import { PEERS, type Peer, peerCost } from './data-peers.ts';
import { peakMemory } from './peak-memory.ts';
import { type Cost, costHere, costOf, medianCost } from './process-cost.ts';
import { type BenchRow, report, timed } from './table.ts';

/**
 * The targets of data validation, each against a limit or a peer measured in the same run: three million real flights, ten
 * million of them, and a table of a thousand columns. What is missing is fetched (npm, PyPI) into .trainyard/bench.
 * `--quick` leaves the Python peers and the large tables out.
 */
const RUNS = 5;
const quick = process.argv.includes('--quick');
const flights = contractOf(FLIGHTS_CONTRACT);
const engines = duckDbEngines();
const lower = { unit: 'ms', better: 'lower' } as const;

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

/** The check as a process of its own, as each peer is one; both keep what their language makes of their modules. */
function checkTime(path: string): Cost {
  const program = join(import.meta.dirname, 'data-check.ts');
  const kept = { NODE_COMPILE_CACHE: join(CACHE, 'node-cache') };
  return costOf(process.execPath, [program, path, String(LIMITS.memoryMb)], kept);
}

/** In turns, so that whatever else the machine does slows both. */
async function inTurns(first: () => Promise<unknown>, second: () => Promise<unknown>): Promise<[Cost, Cost]> {
  const costs: [Cost[], Cost[]] = [[], []];
  for (let run = 0; run <= RUNS; run += 1) {
    const pair = [await costHere(first), await costHere(second)] as const;
    // The first pair reads from the disk.
    if (run > 0) for (const [at, cost] of pair.entries()) costs[at]?.push(cost);
  }
  return [medianCost(costs[0]), medianCost(costs[1])];
}

async function againstScan(kind: string, path: string): Promise<readonly BenchRow[]> {
  const [ours, peer] = await inTurns(
    () => validate(path, flights),
    () => scanAndSum(path),
  );
  const what = `${kind} (${(statSync(path).size / 1e6).toFixed(0)} MB), full validation`;
  const about = { better: 'lower', peerName: 'scan-and-sum' } as const;
  const time: BenchRow = { ...about, what, ours: ours.milliseconds, peer: peer.milliseconds, unit: 'ms' };
  if (ours.seconds === null || peer.seconds === null) return [time];
  return [time, { ...about, what: `${what}, processor`, ours: ours.seconds, peer: peer.seconds, unit: 's' }];
}

function againstPeers(csv: string): readonly BenchRow[] {
  const rows: BenchRow[] = [];
  const compare = (what: string, path: string, peer: Peer): void => {
    const ours = checkTime(path);
    const theirs = peerCost(peer, [path]);
    if (theirs === null) return;
    const about = { better: 'lower', peerName: peer.name } as const;
    rows.push({ ...about, what, ours: ours.milliseconds, peer: theirs.milliseconds, unit: 'ms' });
    if (ours.seconds !== null && theirs.seconds !== null)
      rows.push({ ...about, what: `${what}, processor`, ours: ours.seconds, peer: theirs.seconds, unit: 's' });
  };
  // Once beforehand, so that what is kept of the modules is there; the peers' is made when they are installed.
  checkTime(csv);
  for (const peer of [PEERS.pandas, PEERS.pandas2, PEERS.pandera, PEERS.expectations])
    compare('CSV, full validation', csv, peer);
  // It reads some ten thousand rows a second, so that a tenth has to do.
  compare('CSV, a tenth of the rows', firstTenth(csv), PEERS.frictionless);
  return rows;
}

function firstTenth(csv: string): string {
  const path = join(CACHE, 'flights-tenth.csv');
  const bytes = Buffer.alloc(Math.floor(statSync(csv).size / 10));
  const length = readSync(openSync(csv, 'r'), bytes);
  writeFileSync(path, bytes.subarray(0, bytes.lastIndexOf('\n', length - 1) + 1));
  return path;
}

async function drift(): Promise<readonly BenchRow[]> {
  const paths = await halves();
  const contract = contractOf(HALVES_CONTRACT);
  const files = localFiles({ directory: '/' });
  const engine = await engines.open(paths, LIMITS, { distrustStatistics: true });
  const measured = async (path: string, name: string): Promise<MeasuredTable> => {
    const { table } = await load(await identify(path, files), `trainyard.${name}`, engine, files);
    return { table, measures: await measureTable(table, contract, engine) };
  };
  try {
    const [head, base] = [await measured(paths[0], 'head'), await measured(paths[1], 'base')];
    const ours = await timed(RUNS, async () => {
      compareDrift((await driftSamples(head, base, contract, engine)).columns, contract.againstBase);
    });
    const what = 'drift of 4 columns, 1.5M against 1.5M rows';
    const rows: BenchRow[] = [{ ...lower, what: `${what}, beyond the scan`, ours, peer: 150, peerName: 'limit' }];
    const peer = quick ? null : peerCost(PEERS.evidently, paths);
    const whole = await timed(1, async () => {
      await measured(paths[0], 'again');
      await measured(paths[1], 'against');
    });
    if (peer !== null)
      rows.push({ ...lower, what, ours: whole + ours, peer: peer.milliseconds, peerName: 'evidently' });
    return rows;
  } finally {
    await engine.close();
    await files.close();
  }
}

async function memory(): Promise<readonly BenchRow[]> {
  if (process.platform !== 'linux') {
    process.stderr.write('peak memory is left out: it is read from /proc, which is Linux\n');
    return [];
  }
  const large = await largeCsv();
  const program = join(import.meta.dirname, 'data-check.ts');
  const rows: BenchRow[] = [];
  // All processes together hold about half a gigabyte beyond what DuckDB may; the smaller limit makes it spill.
  for (const limit of [DATA_MEMORY.memoryMb, 512]) {
    const { megabytes, milliseconds } = await peakMemory(process.execPath, [program, large, String(limit)]);
    const what = `10M rows of CSV, DuckDB's limit ${limit} MB (${(milliseconds / 1000).toFixed(1)} s)`;
    rows.push({ what, ours: megabytes, peer: 1200, peerName: 'limit', unit: 'MB', better: 'lower' });
  }
  return rows;
}

/** The bundled action from its start until it knows that it has no inputs, and its worker until the first answer. */
async function start(): Promise<readonly BenchRow[]> {
  const dist = join(import.meta.dirname, '../actions/dist');
  const worker = join(dist, 'duckdb-worker.mjs');
  const library = nativeLibrary();
  if (library === null || !existsSync(worker)) {
    process.stderr.write(
      'the start is left out: it needs actions/dist (npm run build) and the package of this platform\n',
    );
    return [];
  }
  const action = await timed(RUNS, () => {
    try {
      execFileSync(process.execPath, [join(dist, 'check-data.mjs')], { stdio: 'ignore', env: {} });
    } catch {
      // Without inputs it refuses; how long that takes is of interest.
    }
  });
  const first = await timed(RUNS, async () => {
    const engine: DataEngine = await duckDbEngines({ worker, binding: library }).open([], LIMITS);
    await engine.query('SELECT 1');
    await engine.close();
  });
  return [{ ...lower, what: 'action start to first query', ours: action + first, peer: 350, peerName: 'limit' }];
}

function nativeLibrary(): string | null {
  const name = `@duckdb/node-bindings-${process.platform}-${process.arch}`;
  const path = join(import.meta.dirname, '../node_modules', name, 'duckdb.node');
  return existsSync(path) ? path : null;
}

async function wide(): Promise<readonly BenchRow[]> {
  const path = await wideCsv();
  const ours = await timed(1, () => validate(path, contractOf(wideContract())));
  return [{ ...lower, what: '1,000 columns × 100k rows of CSV', ours, peer: 30_000, peerName: 'limit' }];
}

const csv = await flightsCsv();
const parts: Readonly<Record<string, () => Promise<readonly BenchRow[]>>> = {
  CSV: () => againstScan('CSV', csv),
  Parquet: () => againstScan('Parquet', flightsParquet()),
  start,
  drift,
  ...(!quick && { memory, 'a thousand columns': wide, peers: async () => againstPeers(csv) }),
};
const rows: BenchRow[] = [];
for (const [what, part] of Object.entries(parts)) {
  try {
    rows.push(...(await part()));
  } catch (error) {
    // A check that ends without a verdict says why, and the figures of the others are not lost with it.
    process.stderr.write(`${what}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
report('data', rows);

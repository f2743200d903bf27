import { availableParallelism, freemem, homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { ConvertOptions } from '../../adapters/data-sources/convert.ts';
import { provideEngine } from '../../adapters/duckdb/native/engines.ts';
import type { DataEngines, EngineLimits } from '../../flows/check-data/ports.ts';
import type { Job } from './job.ts';

/** Beside the bundle that runs. */
const beside = (program: string): string => fileURLToPath(new URL(`./${program}.mjs`, import.meta.url));
const MEBIBYTE = 1_048_576;
const LEAST_MB = 256;
const MOST_MB = 8192;
const TEMPORARY_MB = 65_536;

export interface ActionEngine {
  readonly engines: DataEngines;
  /** Of formats that DuckDB does not read itself. */
  readonly conversion: ConvertOptions;
}

/** DuckDB as an action has it: the programs that it runs in are bundles beside the action's own. */
export async function openDataEngine(
  job: Pick<Job, 'environment'>,
  inputs: { readonly duckdb?: string; readonly registry?: string } = {},
): Promise<ActionEngine> {
  const { duckdb = '', registry = '' } = inputs;
  const { environment } = job;
  const worker = beside('duckdb-worker');
  const provided = await provideEngine({ worker, environment, home: homedir(), preinstalled: duckdb, registry });
  const { engines, binding } = provided;
  return { engines, conversion: { converter: beside('data-converter'), ...(binding === null ? {} : { binding }) } };
}

/** Half of the memory that is free, all processors, and this much time. @param seconds for each dataset */
export function limitsOf(seconds: number): EngineLimits {
  const half = Math.floor(freemem() / MEBIBYTE / 2);
  return {
    memoryMb: Math.max(LEAST_MB, Math.min(MOST_MB, half)),
    threads: Math.min(availableParallelism(), 16),
    seconds,
    temporaryMb: TEMPORARY_MB,
  };
}

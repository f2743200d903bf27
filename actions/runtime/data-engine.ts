import { availableParallelism, freemem, homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type ProvidedEngine, provideEngine } from '../../adapters/duckdb/native/engines.ts';
import type { EngineLimits } from '../../flows/check-data/ports.ts';
import type { Job } from './job.ts';

/** Beside the bundle that runs. */
const WORKER = fileURLToPath(new URL('./duckdb-worker.mjs', import.meta.url));
const MEBIBYTE = 1_048_576;
const LEAST_MB = 256;
const MOST_MB = 8192;
const TEMPORARY_MB = 65_536;

/** DuckDB as an action has it: its worker is a bundle beside the action's own. */
export function openDataEngine(
  job: Pick<Job, 'environment'>,
  inputs: { readonly duckdb?: string; readonly registry?: string } = {},
): Promise<ProvidedEngine> {
  const { duckdb = '', registry = '' } = inputs;
  const environment = job.environment;
  return provideEngine({ worker: WORKER, environment, home: homedir(), preinstalled: duckdb, registry });
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

import { duckDbEngines } from '../adapters/duckdb/engine.ts';
import { localFiles } from '../adapters/duckdb/files.ts';
import { DATA_MEMORY } from '../cli/data-limits.ts';
import { parseContract } from '../core/data/contract.ts';
import type { DataContract } from '../core/data/contract-model.ts';
import type { DataReport } from '../core/data/report/data-report.ts';
import { RepoPath } from '../core/names.ts';
import { checkData } from '../flows/check-data/check-data.ts';
import { FLIGHTS_CONTRACT } from './data-contract.ts';

/** Time enough where the machine does much else: processor time is a figure there, too. */
export const LIMITS = { ...DATA_MEMORY, threads: 2, seconds: 3600, temporaryMb: 32_768 };

export function contractOf(text: string): DataContract {
  const parsed = parseContract(text, { file: RepoPath.parse('flights.odcs.yaml') });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.contract;
}

/** A full validation as the command line does it. */
export async function validate(
  data: string,
  contract: DataContract,
  memoryMb: number = LIMITS.memoryMb,
): Promise<DataReport> {
  const files = localFiles({ directory: '/' });
  const request = { dataset: 'flights', contractFile: 'flights.odcs.yaml', today: '2026-01-01', base: null };
  const limits = { ...LIMITS, memoryMb };
  const checked = await checkData({ ...request, data, contract, limits }, { engines: duckDbEngines(), files });
  await files.close();
  if (checked.status === 'not_checked' || checked.rows === null) throw new Error(`not checked: ${checked.reason}`);
  return checked;
}

/** Run as a program it validates flights, so that the memory of a process that does nothing else can be measured. */
if (import.meta.main) {
  const [path = '', memoryMb = ''] = process.argv.slice(2);
  const { status, rows } = await validate(path, contractOf(FLIGHTS_CONTRACT), Number(memoryMb));
  process.stdout.write(`${status} ${rows}\n`);
}

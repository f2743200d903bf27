import fc from 'fast-check';
import { expect } from 'vitest';
import { localFiles } from '../../../adapters/duckdb/files.ts';
import { parseContract } from '../../../core/data/contract.ts';
import { draftContract } from '../../../flows/check-data/draft-contract.ts';
import { bundledEngines, conversion } from '../../adapters/duckdb/bundled-engines.ts';
import { CONTRACT_FILE } from '../../core/data/contract-samples.ts';
import { type dataFolder, places } from './checking.ts';
import {
  asCsv,
  asJsonLines,
  asParquet,
  bytesOf,
  contractOf,
  FORMATS,
  type RandomTable,
  randomTable,
  verdictOf,
} from './hostile-tables.ts';

type Folder = ReturnType<typeof dataFolder>;

/** A table gets one verdict, whatever format it is written in, and each row its line. */
export function oneVerdict(folder: Folder) {
  return fc.asyncProperty(randomTable, async (table) => {
    const contract = contractOf(table);
    const csv = await folder.check(folder.put('t.csv', asCsv(table)), contract);
    const lines = await folder.check(folder.put('t.jsonl', asJsonLines(table)), contract);
    const parquet = await folder.check(folder.put('t.parquet', await asParquet(table, folder.directory)), contract);
    expect(verdictOf(lines)).toEqual(verdictOf(csv));
    expect(verdictOf(parquet)).toEqual(verdictOf(csv));
    for (const { examples } of lines.rules) for (const { line, row } of examples) expect(line).toBe(row);
    for (const { examples } of csv.rules)
      for (const { line, row } of examples) expect(line).toBe(lineOf(row ?? 0, table));
  });
}

/** By counting line feeds. */
function lineOf(row: number, table: RandomTable): number {
  return asCsv({ ...table, rows: table.rows.slice(0, row - 1) }).split('\n').length;
}

/** A contract that was inferred from a table accepts the table. */
export function inferredAccepts(folder: Folder) {
  return fc.asyncProperty(randomTable, async (table) => {
    for (const name of ['m.csv', 'm.jsonl', 'm.parquet'] as const) {
      folder.put(name, await bytesOf(name, table, folder.directory));
      const files = localFiles({ directory: folder.directory, conversion });
      const limits = { memoryMb: 256, threads: 2, seconds: 60, temporaryMb: 64 };
      const request = { dataset: 'm', data: name, limits, today: '2026-06-01' };
      const drafted = await draftContract(request, { engines: bundledEngines(), files });
      await files.close();
      if (!drafted.ok) throw new Error(drafted.reason);
      const parsed = parseContract(drafted.contract, { file: CONTRACT_FILE });
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
      const report = await folder.check(name, parsed.contract);
      expect([report.status, report.reason, places(report)]).toEqual(['passed', null, []]);
    }
  });
}

const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 });

/** A file with some bytes changed, and some cut off, ends in a report that says why it is not green. */
export function mutatedEnds(folder: Folder) {
  return fc.asyncProperty(randomTable, changes, fc.option(fc.nat(), { freq: 3 }), async (table, changed, cut) => {
    for (const name of FORMATS) {
      const whole = await bytesOf(name, table, folder.directory);
      for (const [at, byte] of changed) whole[at % whole.length] = byte;
      const bytes = cut === null ? whole : whole.subarray(0, cut % whole.length);
      const report = await folder.check(folder.put(name, bytes), contractOf(table));
      // `check` has parsed it: the report is one by its own schema.
      if (report.status !== 'passed') expect(report.reason).toMatch(/./);
    }
  });
}

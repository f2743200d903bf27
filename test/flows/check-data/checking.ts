import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { localFiles } from '../../../adapters/duckdb/files.ts';
import type { DataContract } from '../../../core/data/contract-model.ts';
import { DataReport } from '../../../core/data/report/data-report.ts';
import { type CheckDataRequest, checkData } from '../../../flows/check-data/check-data.ts';
import type { DataEngines, EngineLimits } from '../../../flows/check-data/ports.ts';
import { bundledEngines, conversion } from '../../adapters/duckdb/bundled-engines.ts';

const LIMITS: EngineLimits = { memoryMb: 256, threads: 2, seconds: 60, temporaryMb: 1024 };

/** A folder that tests fill with data. */
export function dataFolder() {
  const directory = mkdtempSync(join(tmpdir(), 'check-data-'));
  return {
    directory,
    put(name: string, content: string | Uint8Array): string {
      const path = join(directory, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return name;
    },
    /** Checks with the real engine; the report must be one by its own schema. */
    async check(
      data: string,
      contract: DataContract,
      more: Pick<Partial<CheckDataRequest>, 'base' | 'baseProfile' | 'models' | 'others' | 'apartFrom' | 'now'> & {
        limits?: Partial<EngineLimits>;
        engines?: DataEngines;
      } = {},
    ) {
      const files = localFiles({ directory, conversion });
      const report = await checkData(
        {
          dataset: 'flights',
          data,
          contract,
          contractFile: 'flights.odcs.yaml',
          base: more.base ?? null,
          baseProfile: more.baseProfile ?? null,
          models: more.models ?? null,
          limits: { ...LIMITS, ...more.limits },
          today: '2026-06-01',
          others: more.others ?? [],
          apartFrom: more.apartFrom ?? [],
          now: more.now === undefined ? new Date('2026-06-01T12:00:00Z') : more.now,
        },
        { engines: more.engines ?? bundledEngines(), files },
      );
      await files.close();
      return DataReport.parse(report);
    },
  };
}

/** `file:line column rule` of each finding. */
export function places(report: DataReport): string[] {
  return report.findings.map(({ file, line, column, rule }) => `${file}:${line} ${column} ${rule}`);
}

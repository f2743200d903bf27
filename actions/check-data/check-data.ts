import type { ConvertOptions } from '../../adapters/data-sources/convert.ts';
import type { DataContract } from '../../core/data/contract-model.ts';
import type { DataReport } from '../../core/data/report/data-report.ts';
import { reportToCheck } from '../../core/reports/data/check.ts';
import { failedRules, verdictLine } from '../../core/reports/data/words.ts';
import { checkData } from '../../flows/check-data/check-data.ts';
import type { DataEngines, EngineLimits } from '../../flows/check-data/ports.ts';
import { annotate } from '../runtime/annotate.ts';
import { nameInCheckout } from '../runtime/confined-files.ts';
import { ActionError } from '../runtime/error.ts';
import type { GitObjects } from '../runtime/git-objects.ts';
import type { Job } from '../runtime/job.ts';
import { type Base, openBase } from './base.ts';
import { brokenContract, readContract } from './contract.ts';
import type { Inputs, Outputs } from './interface.ts';
import { writeReports } from './write-reports.ts';

export interface Surroundings {
  readonly engines: DataEngines;
  readonly conversion: ConvertOptions;
  /** Of the checkout, for data of another commit. */
  readonly objects: GitObjects;
  readonly workspace: string;
  readonly limits: EngineLimits;
  readonly now: Date;
}

/** The whole check in one step of anybody's job: annotations, summary, report files, and red by its verdict. */
export async function checkDataAlone(asked: Inputs, job: Job, surroundings: Surroundings): Promise<Outputs> {
  const inputs = inCheckout(asked, surroundings.workspace);
  const given = [inputs.base, inputs.baseRef, inputs.baseProfile].filter((one) => one !== '');
  if (given.length > 1)
    throw new ActionError('input_invalid', 'expected at most one of base, base-ref and base-profile');
  const contract = await readContract(inputs, surroundings.workspace);
  if (!contract.ok) return brokenContract(contract, inputs, job, surroundings.workspace);
  const base = await openBase(inputs, job, surroundings);
  try {
    return await finish(await check(inputs, contract.contract, base, surroundings), inputs, job, surroundings);
  } finally {
    await base.files.close();
  }
}

/** Inputs with the checkout's paths as git and annotations know them. */
function inCheckout(inputs: Inputs, workspace: string): Inputs {
  const named = (path: string): string => {
    // What lies elsewhere is refused, under the name that it was given.
    return path === '' || path.includes('://') ? path : nameInCheckout(path, workspace);
  };
  const { path, contract, base, baseProfile, overlap } = inputs;
  return {
    ...inputs,
    ...{ path: named(path), contract: named(contract), base: named(base), baseProfile: named(baseProfile) },
    overlap: overlap.map(named),
    with: inputs.with.map(({ name, data }) => ({ name, data: named(data) })),
  };
}

function check(
  inputs: Inputs,
  contract: DataContract,
  { files, reference, profile }: Base,
  { engines, limits, now }: Surroundings,
): Promise<DataReport> {
  const request = {
    dataset: inputs.dataset === '' ? contract.name : inputs.dataset,
    data: inputs.path,
    contract,
    contractFile: inputs.contract,
    base: reference,
    baseProfile: profile,
    others: inputs.with,
    apartFrom: inputs.overlap.map((data) => ({ name: data, data })),
    limits,
    now,
    today: now.toISOString().slice(0, 10),
  };
  return checkData(request, { engines, files });
}

async function finish(report: DataReport, inputs: Inputs, job: Job, { workspace }: Surroundings): Promise<Outputs> {
  const { summary, annotations } = reportToCheck(report);
  annotate(annotations, job.log);
  await job.summary(`### Data check\n\n${summary}`);
  const written = await writeReports(report, inputs, workspace);
  const warnings = report.rules.filter(({ status, severity }) => status === 'failed' && severity === 'warn').length;
  const verdict = `${report.dataset} ${verdictLine(report)}`;
  if (isRed(report, warnings, inputs.failOn)) job.fail(verdict);
  else job.log.info(verdict);
  return {
    status: report.status,
    rows: report.rows === null ? '' : String(report.rows),
    failedRules: failedRules(report).length,
    warnings,
    ...written,
  };
}

function isRed({ status }: DataReport, warnings: number, failOn: Inputs['failOn']): boolean {
  switch (failOn) {
    case 'never':
      return false;
    case 'failure':
      return status !== 'passed';
    case 'warning':
      return status !== 'passed' || warnings > 0;
  }
}

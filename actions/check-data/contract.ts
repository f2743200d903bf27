import { readFile, stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { cut } from '../../core/data/checks/measured.ts';
import { parseContract } from '../../core/data/contract.ts';
import type { ContractProblem, DataContract } from '../../core/data/contract-model.ts';
import { MAX_FINDINGS } from '../../core/data/findings.ts';
import type { DataReport, ReportFinding } from '../../core/data/report/data-report.ts';
import { RepoPath } from '../../core/names.ts';
import { codeSpan, escapeMarkdown } from '../../core/reports/markdown.ts';
import { unread } from '../../flows/check-data/blank-report.ts';
import { annotate } from '../runtime/annotate.ts';
import { refuseAway } from '../runtime/confined-files.ts';
import { ActionError } from '../runtime/error.ts';
import type { Job } from '../runtime/job.ts';
import type { Inputs, Outputs } from './interface.ts';
import { writeReports } from './write-reports.ts';

const MAX_CONTRACT = 1 << 20;
const OUTSIDE = RepoPath.parse('contract.odcs.yaml');

export type ReadContract =
  | { readonly ok: true; readonly contract: DataContract }
  | { readonly ok: false; readonly problems: readonly ContractProblem[] };

/** @throws ActionError `input_invalid` where there is no such file */
export async function readContract({ contract, dataset, path }: Inputs, workspace: string): Promise<ReadContract> {
  const full = resolve(workspace, contract);
  const file = RepoPath.safeParse(relative(workspace, full)).data ?? OUTSIDE;
  const parsed = parseContract(await readText(full, contract, workspace), {
    file,
    path,
    ...(dataset === '' ? {} : { dataset }),
  });
  return parsed.ok ? { ok: true, contract: parsed.contract } : { ok: false, problems: parsed.problems };
}

async function readText(full: string, named: string, workspace: string): Promise<string> {
  try {
    await refuseAway(full, workspace);
    const { size } = await stat(full);
    if (size > MAX_CONTRACT)
      throw new ActionError('input_invalid', `${named}: a contract may have ${MAX_CONTRACT} bytes, found ${size}`);
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(full));
  } catch (cause) {
    if (cause instanceof ActionError) throw cause;
    const why = cause instanceof TypeError ? 'it is not UTF-8' : cause instanceof Error ? cause.message : String(cause);
    throw new ActionError('input_invalid', `the contract ${named} can’t be read: ${why}`, { cause });
  }
}

/** A contract that is none is a failed check with its lines annotated; no data was looked at, and the reports say so. */
export async function brokenContract(
  { problems }: Extract<ReadContract, { ok: false }>,
  inputs: Inputs,
  job: Job,
  workspace: string,
): Promise<Outputs> {
  const { contract, failOn, dataset, path } = inputs;
  const title = 'data contract';
  const annotations = problems.map(({ line, message }) => {
    return { path: contract, line, level: 'failure' as const, title, message: message.slice(0, 1000) };
  });
  annotate(annotations, job.log);
  const lines = problems.slice(0, 50).map(({ line, message }) => `- line ${line}: ${escapeMarkdown(message, 300)}`);
  await job.summary(`### Data check\n\n❌ The contract ${codeSpan(contract)} can’t be used:\n\n${lines.join('\n')}`);
  if (failOn !== 'never') job.fail(`the contract ${contract} can’t be used: ${problems[0]?.message ?? ''}`);
  const findings = problems.slice(0, MAX_FINDINGS).map(({ line, message }): ReportFinding => {
    const about = { rule: 'contract', severity: 'fail', column: null } as const;
    return { ...about, file: contract, line, message: cut(message) };
  });
  const report: DataReport = {
    ...unread({ dataset: dataset === '' ? path.slice(0, 200) : dataset, contractFile: contract }),
    status: 'failed',
    reason: cut(`the contract ${contract} can’t be used: ${problems[0]?.message ?? ''}`),
    findings,
    totalFindings: problems.length,
  };
  const written = await writeReports(report, inputs, workspace);
  return { status: 'failed', rows: '', failedRules: 0, warnings: 0, ...written };
}

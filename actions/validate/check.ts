import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compareContracts } from '../../core/data/compare-contracts.ts';
import { parseContract } from '../../core/data/contract.ts';
import type { DataContract } from '../../core/data/contract-model.ts';
import type { DataFinding } from '../../core/data/finding.ts';
import { DataFinding as DataFindingSchema } from '../../core/data/finding.ts';
import type { DataReport } from '../../core/data/report/data-report.ts';
import type { ValidationOrder, ValidationResult } from '../../core/data/result.ts';
import { boundReport } from '../../core/data/validation/bound-report.ts';
import type { GitId, RepoPath } from '../../core/names.ts';
import {
  BASE_CONTRACT_FILE,
  HEAD_CONTRACT_FILE,
  isThere,
  type SourceFile,
  type Sources,
} from '../fetch-data/sources.ts';
import { type CheckPorts, checkForms } from './check-forms.ts';

const MAX_LOOSENINGS = 100;

/** The result to hand over, and the whole report, which is null where nothing could be read. */
export interface Checked {
  readonly result: ValidationResult;
  readonly report: DataReport | null;
}

/** Checks the fetched files. @param directory holds what `sources` says */
export async function check(
  order: ValidationOrder,
  sources: Sources,
  directory: string,
  ports: CheckPorts,
): Promise<Checked> {
  const { loosenings = [], report = null, ...verdict } = await judge(order, sources, directory, ports);
  const contracts = (['head', 'base'] as const).flatMap((form) => {
    const source = form === 'head' ? sources.headContract : sources.baseContract;
    return isThere(source) ? [{ form, id: source.id }] : [];
  });
  const result: ValidationResult = {
    version: 1,
    dataset: order.dataset,
    commit: order.commit,
    ...verdict,
    loosenings,
    data: idOf(sources.data),
    contracts,
    report: report === null ? null : boundReport(report),
  };
  return { result, report };
}

interface Verdict extends Pick<ValidationResult, 'status' | 'reason' | 'rows' | 'findings' | 'total'> {
  readonly loosenings?: string[];
  readonly report?: DataReport;
}

async function judge(order: ValidationOrder, sources: Sources, directory: string, ports: CheckPorts): Promise<Verdict> {
  const absent =
    absence(order.path, 'data', sources.data) ??
    absence(order.contract, 'contract', sources.headContract) ??
    (order.baseContract === null || sources.baseContract === null
      ? null
      : absence(order.baseContract, 'contract of the base', sources.baseContract));
  if (absent !== null) return absent;

  const head = await readContract(order, order.contract, directory, HEAD_CONTRACT_FILE);
  if ('status' in head) return head;
  const base =
    order.baseContract === null || sources.baseContract === null
      ? null
      : await readContract(order, order.baseContract, directory, BASE_CONTRACT_FILE);
  if (base !== null && 'status' in base) return base;
  const report = await checkForms({ order, sources, directory, head, base }, ports);
  const loosenings = base === null ? [] : compareContracts(base, head).map(({ message }) => message.slice(0, 300));
  return { ...verdictOf(report), loosenings: loosenings.slice(0, MAX_LOOSENINGS) };
}

function verdictOf(report: DataReport): Verdict {
  const findings = report.findings.flatMap((finding) => {
    const named = DataFindingSchema.safeParse(finding);
    return named.success ? [named.data] : [];
  });
  const { status, reason, rows, totalFindings } = report;
  return { status, reason, rows, findings, total: totalFindings, report };
}

/** What is missing in the commit fails; what is there and can't be read is not checked. Neither is green. */
function absence(path: RepoPath, what: string, source: SourceFile): Verdict | null {
  switch (source.kind) {
    case 'blob':
    case 'tree':
    case 'files':
    case 'profile':
      return null;
    case 'missing': {
      const message = `the ${what} ${path} does not exist in this commit; add it, or correct the config`;
      return failure('missing-file', path, 1, message);
    }
    case 'unusable':
      return { status: 'not_checked', reason: source.message, rows: null, findings: [], total: 0 };
  }
}

async function readContract(
  order: ValidationOrder,
  path: RepoPath,
  directory: string,
  file: string,
): Promise<DataContract | Verdict> {
  const text = await readText(join(directory, file));
  if (text === null) return failure('contract-invalid', path, 1, 'the contract is not UTF-8');
  const parsed = parseContract(text, { file: path, dataset: order.dataset, path: order.path });
  if (parsed.ok) return parsed.contract;
  const findings = parsed.problems.slice(0, 50).map(
    (problem): DataFinding => ({
      rule: 'contract-invalid',
      severity: 'fail',
      file: path,
      line: problem.line,
      column: null,
      message: problem.message.slice(0, 1000),
    }),
  );
  const reason = `the contract ${path} can’t be read`;
  return { status: 'failed', reason, rows: null, findings, total: parsed.problems.length };
}

function failure(rule: string, file: RepoPath, line: number, message: string): Verdict {
  const finding: DataFinding = { rule, severity: 'fail', file, line, column: null, message };
  return { status: 'failed', reason: message, rows: null, findings: [finding], total: 1 };
}

async function readText(path: string): Promise<string | null> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function idOf(source: SourceFile): GitId | null {
  return isThere(source) ? source.id : null;
}

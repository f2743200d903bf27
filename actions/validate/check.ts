import { closeSync, openSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compareContracts } from '../../core/data/compare-contracts.ts';
import { parseContract } from '../../core/data/contract.ts';
import type { DataContract } from '../../core/data/contract-model.ts';
import type { DataFinding, ValidationOrder, ValidationResult } from '../../core/data/result.ts';
import { type Validation, validateBoth } from '../../core/data/validate.ts';
import type { GitId, RepoPath } from '../../core/names.ts';
import {
  BASE_CONTRACT_FILE,
  DATA_FILE,
  HEAD_CONTRACT_FILE,
  type SourceFile,
  type Sources,
} from '../fetch-data/sources.ts';

const CHUNK_BYTES = 1 << 20;
const MAX_LOOSENINGS = 100;

/** Checks the fetched files. @param directory holds what `sources` says */
export async function check(order: ValidationOrder, sources: Sources, directory: string): Promise<ValidationResult> {
  const { loosenings, ...validation } = await verdict(order, sources, directory);
  const contracts = (['head', 'base'] as const).flatMap((form) => {
    const source = form === 'head' ? sources.headContract : sources.baseContract;
    return source?.kind === 'blob' ? [{ form, id: source.id }] : [];
  });
  return {
    version: 1,
    dataset: order.dataset,
    commit: order.commit,
    ...validation,
    loosenings: loosenings ?? [],
    data: idOf(sources.data),
    contracts,
  };
}

interface Verdict extends Validation {
  readonly loosenings?: string[];
}

async function verdict(order: ValidationOrder, sources: Sources, directory: string): Promise<Verdict> {
  const absent =
    absence(order.path, 'data file', sources.data) ??
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
  const validation = validateBoth(chunksOf(join(directory, DATA_FILE)), { head, base }, { file: order.path });
  const loosenings = base === null ? [] : compareContracts(base, head).map(({ message }) => message.slice(0, 300));
  return { ...validation, loosenings: loosenings.slice(0, MAX_LOOSENINGS) };
}

/** What is missing in the commit fails; what is there and can't be read is not checked. Neither is green. */
function absence(path: RepoPath, what: string, source: SourceFile): Validation | null {
  switch (source.kind) {
    case 'blob':
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
): Promise<DataContract | Validation> {
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

function failure(rule: string, file: RepoPath, line: number, message: string): Validation {
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

/** Read synchronously, because the reader in core pulls; a chunk is the reader's until it asks for the next. */
function* chunksOf(path: string): Generator<Uint8Array> {
  const file = openSync(path, 'r');
  try {
    for (;;) {
      const buffer = new Uint8Array(CHUNK_BYTES);
      const count = readSync(file, buffer);
      if (count === 0) return;
      yield buffer.subarray(0, count);
    }
  } finally {
    closeSync(file);
  }
}

function idOf(source: SourceFile): GitId | null {
  return source.kind === 'blob' ? source.id : null;
}

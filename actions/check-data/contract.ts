import { readFile, stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { parseContract } from '../../core/data/contract.ts';
import type { ContractProblem, DataContract } from '../../core/data/contract-model.ts';
import { RepoPath } from '../../core/names.ts';
import { codeSpan, escapeMarkdown } from '../../core/reports/markdown.ts';
import { annotate } from '../runtime/annotate.ts';
import { refuseAway } from '../runtime/confined-files.ts';
import { ActionError } from '../runtime/error.ts';
import type { Job } from '../runtime/job.ts';
import type { Inputs, Outputs } from './interface.ts';

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

/** A contract that is none is a failed check with its lines annotated; no data was looked at. */
export async function brokenContract(
  { problems }: Extract<ReadContract, { ok: false }>,
  { contract, failOn }: Inputs,
  job: Job,
): Promise<Outputs> {
  const title = 'data contract';
  const annotations = problems.map(({ line, message }) => {
    return { path: contract, line, level: 'failure' as const, title, message: message.slice(0, 1000) };
  });
  annotate(annotations, job.log);
  const lines = problems.slice(0, 50).map(({ line, message }) => `- line ${line}: ${escapeMarkdown(message, 300)}`);
  await job.summary(`### Data check\n\n❌ The contract ${codeSpan(contract)} can’t be used:\n\n${lines.join('\n')}`);
  if (failOn !== 'never') job.fail(`the contract ${contract} can’t be used: ${problems[0]?.message ?? ''}`);
  const none = { html: '', sarif: '', junit: '', json: '' };
  return { status: 'failed', rows: '', failedRules: 0, warnings: 0, ...none };
}

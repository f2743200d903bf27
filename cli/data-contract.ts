import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { whyOf } from '../adapters/archives/why-unusable.ts';
import { parseContract } from '../core/data/contract.ts';
import type { DataContract } from '../core/data/contract-model.ts';
import { RepoPath } from '../core/names.ts';
import { type CliEnvironment, CliError } from './command.ts';

/** In bytes, as in the actions. */
const MAX_CONTRACT = 1 << 20;

/**
 * Reads the contract of a dataset.
 * @param data the data's path, by which one of several schema objects is chosen
 * @throws CliError `unreadable` with the line of each problem
 */
export async function readContract(
  environment: CliEnvironment,
  path: string,
  data: string,
  dataset: string | undefined,
): Promise<DataContract> {
  const full = resolve(environment.directory, path);
  let text: string;
  try {
    const { size } = await stat(full);
    if (size > MAX_CONTRACT)
      throw new CliError('unreadable', `${path}: a contract may have ${MAX_CONTRACT} bytes at most`);
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(full));
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    const why = cause instanceof TypeError ? 'it is not UTF-8' : whyOf(cause);
    const isGone = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const next = isGone ? `; write one with trainyard data init ${data} --out ${path}` : '';
    throw new CliError('unreadable', `the contract ${path} can’t be read: ${why}${next}`, { cause });
  }
  const parsed = parseContract(text, {
    file: RepoPath.parse('contract.odcs.yaml'),
    path: data,
    ...(dataset === undefined ? {} : { dataset }),
  });
  if (parsed.ok) return parsed.contract;
  const problems = parsed.problems.slice(0, 10).map(({ line, message }) => `${path}:${line}: ${message}`);
  throw new CliError('unreadable', `the contract can’t be used:\n${problems.join('\n')}`);
}

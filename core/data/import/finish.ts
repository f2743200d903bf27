import { RepoPath } from '../../names.ts';
import { parseContract } from '../contract.ts';
import type { ContractDraft } from '../contract-text/draft.ts';
import { writeContract } from '../contract-text/write.ts';
import type { ImportResult } from './result.ts';

const FILE = RepoPath.parse('contract.odcs.yaml');

/** Writes the draft and reads it back: what our own reader refuses is no import, what it can't check is a note. */
export function finish(draft: Omit<ContractDraft, 'comments'>, origin: string, notes: readonly string[]): ImportResult {
  const read = parseContract(writeContract({ ...draft, comments: [] }), { file: FILE });
  if (!read.ok) {
    const [problem] = read.problems;
    return { ok: false, message: `the schema can't be said as a contract: ${problem?.message ?? 'it has no columns'}` };
  }
  const all = [...notes, ...read.contract.notChecked.map(({ what }) => `${what} is not checked`)];
  const shown = all.slice(0, 50);
  const more = all.length > shown.length ? [`and ${all.length - shown.length} more`] : [];
  return { ok: true, contract: writeContract({ ...draft, comments: [origin, ...shown, ...more] }), notes: all };
}

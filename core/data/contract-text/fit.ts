import { MAX_CONTRACT } from '../contract.ts';
import type { ContractDraft } from './draft.ts';
import { writeContract } from './write.ts';

/** Of thousands of columns, as much as a contract may hold: first the comments go, then ranges and sets of values. */
export function fitting(draft: ContractDraft): string {
  const whole = writeContract(draft);
  if (whole.length <= MAX_CONTRACT) return whole;
  const left = `${draft.columns.length} columns: comments were left out, to keep the contract within ${MAX_CONTRACT} characters.`;
  const compact = writeContract({ ...draft, comments: [...draft.comments, left] }, true);
  if (compact.length <= MAX_CONTRACT) return compact;
  const most = `${draft.columns.length} columns: ranges, sets of values and comments were left out, to keep the contract within ${MAX_CONTRACT} characters.`;
  const columns = draft.columns.map((column) => ({ ...column, options: {}, values: null, physicalType: null }));
  return writeContract({ ...draft, columns, comments: [...draft.comments, most] }, true);
}

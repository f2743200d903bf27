import type { LedgerEntry } from './entry.ts';

/** What an entry decides about, for lists, titles and statements: a model, a stage, a gate of a run or a pull request. */
export function subjectOf(entry: LedgerEntry): string {
  switch (entry.kind) {
    case 'run':
    case 'version':
    case 'stage':
    case 'freeze':
    case 'lift':
      return entry.model;
    case 'hold':
    case 'unhold':
    case 'ok_to_train':
      return `pull request ${entry.pullRequest}`;
    case 'lock':
    case 'unlock':
      return `${entry.target.kind} ${entry.target.name}`;
    case 'override':
      return `${entry.model} run ${entry.run} gate ${entry.metric}`;
  }
}

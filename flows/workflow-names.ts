/** The team's own workflow files, a few lines each, that call ours; and the marks in their run names. */
export const VALIDATE_WORKFLOW = 'trainyard-validate.yml';
export const JUDGE_WORKFLOW = 'trainyard-judge.yml';

export const trainMark = (run: string): string => `train ${run}`;
export const judgeMark = (run: string): string => `judge ${run}`;
export const validateMark = (datasets: readonly string[], commit: string): string =>
  `validate ${datasets.join(',')} ${commit}`;

const RUN_TITLE = /\b(train|judge) ([0-7][0-9A-HJKMNP-TV-Z]{25})\b/;
const VALIDATE_TITLE = /\bvalidate ([a-z][a-z0-9_]*(?:,[a-z][a-z0-9_]*)*) ([0-9a-f]{64}|[0-9a-f]{40})\b/;

export type MarkedRun =
  | { readonly kind: 'train' | 'judge'; readonly run: string }
  | { readonly kind: 'validate'; readonly datasets: readonly string[]; readonly commit: string };

/** What a workflow run's name claims to be. Anybody can claim: the record it names must name it back. */
export function readMark(title: string): MarkedRun | null {
  const [, kind, run] = RUN_TITLE.exec(title) ?? [];
  if (run !== undefined) return { kind: kind === 'judge' ? 'judge' : 'train', run };
  const [, datasets, commit] = VALIDATE_TITLE.exec(title) ?? [];
  return datasets === undefined || commit === undefined
    ? null
    : { kind: 'validate', datasets: datasets.split(','), commit };
}

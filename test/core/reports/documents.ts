import { expect } from 'vitest';
import { summaryOf } from '../../../actions/validate/summary.ts';
import { parseComment } from '../../../core/commands/parse.ts';
import type { ValidationResult } from '../../../core/data/result.ts';
import { DatasetName, MetricName, RepoPath, Version } from '../../../core/names.ts';
import {
  renderDataCheck,
  renderDataReport,
  renderPlanCheck,
  renderReadyCheck,
  renderTrainCheck,
} from '../../../core/reports/checks.ts';
import { renderComment } from '../../../core/reports/comment.ts';
import { reportToCheck } from '../../../core/reports/data/check.ts';
import { renderRelease } from '../../../core/reports/release.ts';
import type { CheckOutput, CommentView } from '../../../core/reports/view.ts';
import { reportTrust } from '../../../flows/freeze.ts';
import type { Ports } from '../../../flows/ports.ts';
import { showRequest } from '../../../flows/show-outcome.ts';
import { COMMIT, judged, recordOf } from '../samples.ts';
import { report } from './data/samples.ts';
import { comment, curve, dataset, finding, plan, poison, run } from './samples.ts';
import { FIRES, outlineOf, parseGfm, wordsOf } from './structure.ts';

/** A view of everything that a comment can show. */
export const full: CommentView = {
  ...comment,
  plan: {
    ...plan,
    policyChanges: [{ key: 'a', from: 'b', to: 'c' }],
    noticed: [{ key: 'a', from: 'b', to: 'c' }],
    problem: 'x',
    status: 'error',
  },
  data: [{ ...dataset, loosenings: ['x', 'y'], findings: [finding], checkUrl: null }],
  runs: [
    {
      ...run,
      state: 'held',
      reasons: ['x', 'y'],
      findings: [{ severity: 'high', rule: 'x', file: 'x', message: 'x', fix: 'x' }],
      waived: [{ rule: 'x', file: 'x', owner: 'x', reason: 'x', until: 'x' }],
    },
  ],
  notices: [
    { kind: 'refused', command: 'x', by: 'x', message: 'x', at: 'x' },
    { kind: 'answered', command: 'x', by: 'x', message: 'x', at: 'x' },
  ],
  next: [
    { text: 'x', command: 'x' },
    { text: 'x', command: null },
  ],
};

const validation: ValidationResult = {
  version: 1,
  dataset: DatasetName.parse('x'),
  commit: COMMIT,
  status: 'failed',
  reason: 'x',
  rows: 1,
  findings: [{ rule: 'x', severity: 'fail', file: RepoPath.parse('x'), line: 1, column: 'x', message: 'x' }],
  total: 1,
  loosenings: [],
  data: null,
  contracts: [],
  report: null,
};

const record = recordOf({
  state: judged({
    gates: [
      { metric: MetricName.parse('x'), verdict: 'pass', explanation: 'x', value: 1, reference: null },
      { metric: MetricName.parse('x'), verdict: 'fail', explanation: 'x', value: null, reference: null },
    ],
  }),
});

const parts = ({ summary, text }: CheckOutput): string[] => [summary, text];

/** The same text everywhere, or another one at each place. */
export type Text = string | (() => string);

/** Every document that we hand to GitHub, made of one text at each place where foreign text can stand. */
export const DOCUMENTS: Readonly<Record<string, (text: Text) => string[] | Promise<string[]>>> = {
  'the comment': (text) => [renderComment(poison(full, text))],
  'the check of the plan': (text) => parts(renderPlanCheck(poison(full.plan ?? plan, text))),
  'the check of a dataset': (text) => parts(renderDataCheck(poison(full.data[0] ?? dataset, text))),
  'the check of a dataset with its report': (text) =>
    parts(renderDataReport(poison(report, text), poison(full.data[0] ?? dataset, text), poison('x', text))),
  'the check of a run': (text) =>
    parts(
      renderTrainCheck({
        run: poison(full.runs[0] ?? run, text),
        curves: [poison(curve('loss', [0.9, 0.5]), text), curve('x', [1])],
        elapsed: 1,
      }),
    ),
  'the check that says ready': (text) =>
    parts(
      renderReadyCheck(
        poison(
          {
            headline: { mood: 'failure', text: 'x' },
            models: [{ model: 'x', mood: 'failure', message: 'x', command: 'x' }],
            pullRequests: [1],
          },
          text,
        ),
      ),
    ),
  'the body of a release': (text) => [renderRelease({ record: poison(record, text), version: Version.parse('1.0.0') })],
  'the summary of a data job': (text) => [summaryOf(poison(validation, text))],
  'the check of a data report': (text) => [reportToCheck(poison(report, text)).summary],
  'the issue about the ledger': async (text) => {
    const bodies: string[] = [];
    await reportTrust({ issues: { put: async ({ body }) => void bodies.push(body) } }, poison('x', text));
    return bodies;
  },
  'the check that answers a request': async (text) => {
    const shown: string[] = [];
    const ports = {
      source: {
        repository: async () => ({ name: 'acme/flights', defaultBranch: 'main', url: '' }),
        branchHead: async () => COMMIT,
        tree: async () => ({ commit: COMMIT, truncated: false, entries: [] }),
        file: async () => null,
      },
      checks: { put: async ({ summary }: { summary: string }) => void shown.push(summary) },
    };
    const outcome = { code: 'refused', message: poison('x', text) } as const;
    // Only what this flow asks for.
    await showRequest(ports as unknown as Ports, { id: 'x', type: 'train', sender: poison('x', text), outcome });
    return shown;
  },
};

/** Holds one document to that of harmless words. */
export function expectHarmless(found: string, harmless: string): void {
  const tree = parseGfm(found);
  expect(outlineOf(tree)).toBe(outlineOf(parseGfm(harmless)));
  for (const words of wordsOf(tree)) {
    for (const [what, pattern] of FIRES)
      expect({ what, words: pattern.exec(words)?.[0] }).toEqual({ what, words: undefined });
  }
  expect(found.split('<!--').length).toBe(harmless.split('<!--').length);
  expect(parseComment(found)).toEqual([]);
  // As a bot would that reads the source line by line, with every line end that JavaScript knows.
  expect(found).not.toMatch(/^\s*[/!.]\w/m);
  expect(found).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b-\u200f\u{e0000}-\u{e007f}]/u);
  expect(found.length).toBeLessThanOrEqual(65_535);
}

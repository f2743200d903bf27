import { marked } from 'marked';
import { expect, test } from 'vitest';
import { COMMENT_MARKER, renderComment } from '../../../core/reports/comment.ts';
import type { CommentView } from '../../../core/reports/view.ts';
import { comment, dataset, finding, HOSTILE, metric, plan, poison, run } from './samples.ts';

const full: CommentView = {
  ...comment,
  plan: { ...plan, policyChanges: [{ key: 'a', from: 'b', to: 'c' }], problem: 'x', status: 'error' },
  data: [{ ...dataset, loosenings: ['x'], findings: [{ ...finding, url: 'x' }] }],
  runs: [
    {
      ...run,
      state: 'held',
      reasons: ['x'],
      findings: [{ severity: 'high', rule: 'x', file: 'x', message: 'x', evidence: 'x', fix: 'x' }],
      waived: [{ rule: 'x', file: 'x', owner: 'x', reason: 'x', until: 'x' }],
    },
  ],
  notices: [{ kind: 'refused', command: 'x', by: 'x', message: 'x', at: 'x' }],
  next: [{ text: 'x', command: 'x' }],
};

test('begins with the marker, then the verdict', () => {
  expect(renderComment(comment)).toMatch(/^<!-- trainyard:pr -->\n## ✅ flight-delay is ready\n/);
});

test('lets a commit id in an answer be copied, and joins nothing into it', () => {
  const notice = {
    kind: 'refused',
    command: '/train',
    by: 'ada',
    message: `repeat with \`@${'a1'.repeat(20)}\``,
    at: '',
  } as const;
  expect(renderComment({ ...comment, notices: [notice] })).toContain(`repeat with \`@${'a1'.repeat(20)}\``);
});

test('says what to do next before anything else', () => {
  const text = renderComment({ ...comment, next: [{ text: 'Train it', command: '/train flight-delay' }] });
  expect(text.indexOf('Train it: `/train flight-delay`')).toBeLessThan(text.indexOf('###'));
});

test('shows this run beside production, with change and gate', () => {
  const row =
    '| `roc_auc` | **0.7412** | 0.7301 | +0.01112 better | ✅ 0.7412 ≥ min 0.7; production 0.7301, regression −0.01112 ≤ 0.005 |';
  expect(renderComment(comment)).toContain(
    `| Metric | This run | v1.0.0 in production | Change | Gate |\n| --- | ---: | ---: | ---: | --- |\n${row}`,
  );
});

test.each([
  ['fail', '❌ words'],
  ['missing', '❌ missing: words'],
  ['first_version', '✅ words'],
] as const)('a gate that reads %s is shown as %s', (verdict, shown) => {
  const row = { ...metric, gate: { verdict, explanation: 'words' } };
  expect(renderComment({ ...comment, runs: [{ ...run, metrics: [row] }] })).toContain(`| ${shown} |`);
});

test.each([
  ['equal', [], '**Reproduced**: the outputs are bit-equal to those of run `01J`.'],
  [
    'differs',
    ['a|b has other bytes'],
    '**Not reproduced**: the outputs differ from those of run `01J`.\n- a\\|b has other bytes',
  ],
  ['unknown', ['it left no package'], '**Not compared** with run `01J`:\n- it left no package'],
] as const)('a run that reproduces another one says so: %s', (kind, lines, shown) => {
  const found = renderComment({ ...comment, runs: [{ ...run, reproduction: { of: '01J', kind, lines } }] });
  expect(found).toContain(shown);
});

test.each([
  [null, 'not known: no past run'],
  [{ from: 'limit', seconds: 7200, cost: '6 USD' } as const, 'no past run; at most 2 h, 6 USD'],
  [{ from: 'past', runs: 1, seconds: { low: 60, middle: 60, high: 60 }, cost: null } as const, '| about 1 min |'],
  [
    plan.models[0]?.estimate ?? null,
    'about 10 min, 0.50 USD<br>9 min to 11 min, 0.45 USD to 0.55 USD for half of 5 runs',
  ],
])('tells what training takes as it is known: %j', (estimate, shown) => {
  const models = plan.models.map((model) => ({ ...model, estimate }));
  expect(renderComment({ ...comment, plan: { ...plan, models } })).toContain(shown);
});

test('folds what training has cost', () => {
  const spending = [{ what: 'this pull request', runs: 1200, cost: '3 USD', budget: null }];
  expect(renderComment({ ...comment, spending })).toContain('| this pull request | 1,200 | 3 USD | – |');
  expect(renderComment(comment)).not.toContain('has cost');
});

test('a first version has no column to compare with', () => {
  const text = renderComment({
    ...comment,
    runs: [{ ...run, comparedWith: null, metrics: [{ ...metric, reference: null }] }],
  });
  expect(text).toContain('| Metric | This run | Gate |');
});

test('metrics that training reported are folded, and marked as read by no gate', () => {
  expect(renderComment(comment)).toContain(
    '<details><summary>Metrics that training reported of itself (no gate reads them)</summary>',
  );
});

test('where policy lets gates read them, a warning says so', () => {
  expect(renderComment({ ...comment, runs: [{ ...run, judgedBy: 'self-reported' }] })).toContain(
    'the gates read what training reported of itself. Nobody measured it.',
  );
});

test('names run, commit, fingerprint, policy digest and evidence', () => {
  const text = renderComment(comment);
  for (const part of [
    run.run,
    run.commit.slice(0, 7),
    'Fingerprint: source',
    'Policy digest',
    'Signed record (SHA-256)',
  ])
    expect(text).toContain(part);
});

test('a refused command is answered by name', () => {
  const notice = { kind: 'refused', command: '/tarin', by: 'ben', message: 'Did you mean /train?', at: '' } as const;
  expect(renderComment({ ...comment, notices: [notice] })).toContain(
    '> [!WARNING]\n> Refused `/tarin` by ben: Did you mean /train?',
  );
});

test('hostile text everywhere adds no element, link, mention or marker', () => {
  const text = renderComment(poison(full, HOSTILE));
  const html = marked.parse(text.slice(COMMENT_MARKER.length), { async: false, gfm: true });
  const expected = marked.parse(renderComment(poison(full, 'x')).slice(COMMENT_MARKER.length), {
    async: false,
    gfm: true,
  });
  // In answers, what stands between backticks is code and lines stay apart, whoever wrote them; a dollar sign stands in an element of ours.
  const elements = (source: string): string[] =>
    source.match(/<\/?(?!code>|code class|pre>|br>|span>)[a-z][^>]*>/gi) ?? [];
  expect(elements(html)).toEqual(elements(expected));
  expect(text.split('<!--')).toHaveLength(2);
  const outside = html.replace(/<code>[^<]*<\/code>|&#39;/g, '');
  expect(outside).not.toMatch(/@[a-z]|#\d|:\/\/|GH-\d|www\./i);
});

test('hostile line ends cannot start a block', () => {
  const text = renderComment(poison(full, 'a\n\n## forged\n<!-- x -->\n```'));
  expect(marked.parse(text, { async: false })).not.toMatch(/<h2>forged/);
});

test('stays within the limit of a comment, however much there is', () => {
  const many = {
    ...full,
    data: Array.from({ length: 300 }, () => ({
      ...dataset,
      findings: Array.from({ length: 10 }, () => ({ ...finding, message: HOSTILE })),
      total: 500,
    })),
  };
  const text = renderComment(many);
  expect(text.length).toBeLessThanOrEqual(65_535);
  expect(text).toContain('did not fit');
});

test('the end of a log is a block of code below its reason', () => {
  const text = renderComment({
    ...comment,
    runs: [
      { ...run, state: 'failed', reasons: ['training failed with exit code 1\n  File "train.py"\n/train --force'] },
    ],
  });
  expect(text).toContain(
    '- training failed with exit code 1\n\n```text\n  File "train.py"\n\u2060/train --force\n```\n\n',
  );
});

test('says what the scan found, and where in the file', () => {
  const found = { severity: 'critical', rule: 'pickle-call', file: 'a.pkl', message: 'calls', fix: 'f' } as const;
  const held = { ...run, findings: [{ ...found, offset: 17, evidence: 'os.system' }] };
  const text = renderComment({ ...comment, runs: [held] });
  expect(text).toContain('`a.pkl` at byte 17 | calls: `os.system` | f |');
});

test('shows no table of metrics where none was measured', () => {
  const row = { ...metric, value: null, gate: { verdict: 'missing', explanation: 'words' } } as const;
  expect(renderComment({ ...comment, runs: [{ ...run, metrics: [row] }] })).not.toContain('| Metric | This run |');
});

test('leads from a finding of the scan to the page of its rule, and says who answers for those that are waived', () => {
  const scanned = {
    ...run,
    findings: [{ severity: 'high', rule: 'pickle-call', file: 'a.pkl', message: 'm', fix: 'f' }],
    waived: [{ rule: 'zip-comment', file: 'b.zip', owner: 'ml-team', reason: 'ours', until: '2027-01-31' }],
  } as const;
  const body = renderComment({ ...comment, runs: [scanned] });
  expect(body).toMatch(/\[`pickle-call`\]\(https:\S+\/docs\/rules\/pickle-call\.md\)/);
  expect(body).toMatch(/\[`zip-comment`\]\(\S+\).*ml-team.*ours.*2027-01-31/s);
});

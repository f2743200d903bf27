import { marked } from 'marked';
import { expect, test } from 'vitest';
import {
  renderDataCheck,
  renderDataReport,
  renderPlanCheck,
  renderReadyCheck,
  renderTrainCheck,
} from '../../../core/reports/checks.ts';
import { curveShape, sparkline } from '../../../core/reports/sparkline.ts';
import type { CheckOutput, RunView } from '../../../core/reports/view.ts';
import { report } from './data/samples.ts';
import { curve, dataset, finding, HOSTILE, plan, poison, run } from './samples.ts';

test('the plan is titled by what is affected', () => {
  expect(renderPlanCheck(plan).title).toBe('flight-delay is affected');
  expect(renderPlanCheck({ ...plan, models: [] }).title).toBe('No model is affected');
  expect(renderPlanCheck({ ...plan, status: 'truncated' }).title).toBe('Not complete: GitHub cut the list of files');
  expect(renderPlanCheck({ ...plan, policyChanges: [{ key: 'a', from: '1', to: '2' }] }).title).toBe(
    'Policy change: 1 key; merging promotes nothing',
  );
  expect(renderPlanCheck({ ...plan, noticed: [{ key: 'a', from: '1', to: '2' }] }).title).toBe(
    'flight-delay is affected',
  );
});

test('shows what is no policy and should be looked at', () => {
  const { summary } = renderPlanCheck({ ...plan, noticed: [{ key: 'models.a.inputs', from: 'src', to: 'not set' }] });
  expect(summary).toContain('That is no change of policy; look whether it is meant.');
  expect(summary).toContain('| `models.a.inputs` | `src` | `not set` |');
  expect(summary).not.toContain('changes policy');
});

test('a plan that could not be made says nothing of models', () => {
  const { summary } = renderPlanCheck({ ...plan, status: 'error', problem: 'line 3', models: [] });
  expect(summary).toContain('The plan could not be made. line 3');
  expect(summary).not.toContain('no model is affected');
});

test('the plan names the command to type and the stages of a merge', () => {
  const { summary } = renderPlanCheck(plan);
  expect(summary).toContain('- `/train flight-delay`');
  expect(summary).toContain('`staging`, then `production`');
});

test.each([
  ['passed', 'Meets its contract: 6,000 rows'],
  ['failed', 'Breaks its contract: 1 finding in 6,000 rows'],
  ['not_checked', 'Not checked: 1 problem in 6000 rows'],
  ['running', 'Is being validated'],
] as const)('a data check that %s is titled "%s"', (status, title) => {
  expect(renderDataCheck({ ...dataset, status }).title).toBe(title);
});

test('findings become annotations at their line', () => {
  expect(renderDataCheck(dataset).annotations).toEqual([
    {
      path: 'data/flights.csv',
      start_line: 57,
      end_line: 57,
      annotation_level: 'failure',
      title: 'distance: type',
      message: 'expected a number, found "far"',
    },
  ]);
});

test('a finding without a line is annotated at the first one, and a warning as such', () => {
  const [annotation] = renderDataCheck({
    ...dataset,
    findings: [{ ...finding, line: null, severity: 'warn' }],
  }).annotations;
  expect(annotation).toMatchObject({ start_line: 1, annotation_level: 'warning' });
});

const train = (state: RunView['state'], reasons: string[] = []): CheckOutput =>
  renderTrainCheck({ run: { ...run, state, reasons }, curves: [curve('loss', [0.9, 0.5, 0.4])], elapsed: 75 });

test.each([
  ['accepted', 'Waiting to start (1 min 15 s)'],
  ['training', 'Training, 1 min 15 s, step 2'],
  ['judging', 'Trained; scanning and evaluating (1 min 15 s)'],
  ['candidate', 'Candidate: 1 gate passed'],
  ['held', 'Held: gate roc_auc failed'],
  ['failed', 'Failed: gate roc_auc failed'],
  ['cancelled', 'Cancelled; its compute is released'],
  ['stale', 'Stale: gate roc_auc failed'],
] as const)('a run that is %s is titled "%s"', (state, title) => {
  expect(train(state, ['gate roc_auc failed']).title).toBe(title);
});

test('a live check shows each metric with its last value and curve', () => {
  expect(train('training').summary).toContain('| `loss` | 2 | 0.9 | **0.4** | █▂▁ |');
  expect(train('training').text).toContain('| 2 | 0.4 |\n| 1 | 0.5 |\n| 0 | 0.9 |');
});

test('a live check says where further attempts went on', () => {
  const attempts = [
    { attempt: 2, step: 1 },
    { attempt: 3, step: 2 },
  ];
  const view = {
    run: { ...run, state: 'training' as const },
    curves: [curve('loss', [3, 2, 1])],
    attempts,
    elapsed: 1,
  };
  expect(renderTrainCheck(view).summary).toContain('Attempt 2 went on at step 1. Attempt 3 went on at step 2.');
});

test('a live check without metrics says so', () => {
  expect(renderTrainCheck({ run: { ...run, state: 'training' }, curves: [], elapsed: 1 }).summary).toContain(
    'No step metrics yet.',
  );
});

test('ready names each model, its verdict and what to do', () => {
  const { title, summary } = renderReadyCheck({
    headline: { mood: 'attention', text: 'flight-delay must be trained' },
    models: [{ model: 'flight-delay', mood: 'attention', message: 'no candidate', command: '/train flight-delay' }],
    pullRequests: [1, 3],
  });
  expect(title).toBe('flight-delay must be trained');
  expect(summary).toContain('| 🟡 `flight-delay` | no candidate | `/train flight-delay` |');
  expect(summary).toContain('#1, #3');
});

test('the check of a report says what is loosened, what does not hold, and where the full report is', () => {
  const data = { ...dataset, loosenings: ['column "id" is no longer unique'], checkUrl: 'https://example.com/run' };
  const check = renderDataReport(report, data, 'trainyard-report-flights');
  expect(check.summary).toContain('is no longer unique');
  expect(check.summary).toContain('Rules that do not hold');
  expect(check.text).toContain('`trainyard-report-flights` of [the workflow run](https://example.com/run)');
  expect(check.annotations[0]).toMatchObject({ annotation_level: 'failure', start_line: expect.any(Number) });
});

test('GitHub accepts every check, however hostile and large its contents', () => {
  const findings = Array.from({ length: 500 }, () => poison(finding, HOSTILE.repeat(20)));
  const checks = [
    renderPlanCheck(poison(plan, HOSTILE)),
    renderDataCheck({ ...poison(dataset, HOSTILE), findings, total: 1e6 }),
    renderDataReport(poison(report, HOSTILE.repeat(20)), poison(dataset, HOSTILE), 'trainyard-report-x'),
    renderTrainCheck({
      run: poison(run, HOSTILE),
      curves: Array.from({ length: 200 }, (_, index) => curve(`${HOSTILE}${index}`, [1, 2])),
      elapsed: 1,
    }),
  ];
  for (const { title, summary, text, annotations } of checks) {
    expect(title.length).toBeLessThanOrEqual(255);
    expect(title).not.toMatch(/\n/);
    for (const body of [summary, text]) {
      expect(body.length).toBeLessThanOrEqual(65_535);
      expect(marked.parse(body, { async: false })).not.toMatch(/<(script|img)|href="https:\/\/evil/);
    }
    for (const annotation of annotations) expect(annotation.title.length).toBeLessThanOrEqual(255);
  }
});

test.each([
  [[1, 2, 3, 4, 5, 6, 7, 8], '▁▂▃▄▅▆▇█'],
  [[1, 1, 1], '▄▄▄'],
  [[], ''],
  [[Number.NaN, 1, Number.POSITIVE_INFINITY, 2], '▁█'],
  [[-1.7e308, 1.7e308], '▁█'],
])('the curve of %j is %s', (values, line) => {
  expect(sparkline(values)).toBe(line);
});

test.each([
  [[1, 2], '▁█'],
  [[1, Number.NaN, 2], '▁█'],
  [[1, 2, Number.NaN], '▁█, not a number from step 2'],
  [[Number.NaN], 'not a number from step 0'],
])('the shape of the curve %j is %s', (values, shape) => {
  expect(curveShape(values.map((value, step) => ({ step, value })))).toBe(shape);
});

test('a long curve is as wide as asked for', () => {
  expect(
    sparkline(
      Array.from({ length: 1000 }, (_, index) => index),
      24,
    ),
  ).toHaveLength(24);
});

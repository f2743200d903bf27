import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Gate } from '../../../core/config/evaluation.ts';
import { type GateInput, judgeGates, type VerdictInput, verdictOf } from '../../../core/evaluation/gates.ts';
import type { GateVerdict } from '../../../core/ledger/run.ts';
import { MetricName } from '../../../core/names.ts';

const auc = MetricName.parse('roc_auc');

function judge(gate: unknown, value: number | null, more: Partial<GateInput> = {}): GateVerdict {
  const metrics = value === null ? {} : { [auc]: value };
  const [verdict] = judgeGates({
    gates: { [auc]: Gate.parse(gate) },
    metrics,
    references: {},
    firstVersion: false,
    ...more,
  });
  if (verdict === undefined) throw new Error('no verdict');
  return verdict;
}

const regression = { min: 0.5, max_regression: 0.005, versus: 'production' };
const production = (value: number): Partial<GateInput> => ({ references: { production: { [auc]: value } } });

test.each([
  [{ min: 0.7 }, 0.7, 'pass'],
  [{ min: 0.7 }, 0.6999, 'fail'],
  [{ max: 0.7 }, 0.7, 'pass'],
  [{ max: 0.7 }, 0.7001, 'fail'],
  [{ min: 0, max: 1 }, 0.5, 'pass'],
  [{ min: 0.7 }, null, 'missing'],
  [{ min: 0.7 }, Number.NaN, 'missing'],
  [{ min: 0.7 }, Number.POSITIVE_INFINITY, 'missing'],
])('the gate %j of the value %s is: %s', (gate, value, verdict) => {
  expect(judge(gate, value).verdict).toBe(verdict);
});

test.each([
  ['as good as production', 0.735, 0.735, 'pass'],
  ['better', 0.8, 0.735, 'pass'],
  ['worse by just what is allowed, though binary fractions say a little more', 0.73, 0.735, 'pass'],
  ['worse by more', 0.7299, 0.735, 'fail'],
])('with max_regression 0.005, %s: %s against %s is: %s', (_, value, reference, verdict) => {
  expect(judge(regression, value, production(reference))).toMatchObject({ verdict, reference });
});

test('a metric with an upper bound is better when lower, unless the gate says otherwise', () => {
  const gate = { max: 1, max_regression: 0.01, versus: 'production' };
  expect(judge(gate, 0.5, production(0.6)).verdict).toBe('pass');
  expect(judge(gate, 0.6, production(0.5)).verdict).toBe('fail');
  expect(judge({ ...gate, better: 'higher' }, 0.6, production(0.5)).verdict).toBe('pass');
});

test('explains in words, with the signs that people use', () => {
  expect(judge({ ...regression, min: 0.7 }, 0.741, production(0.735)).explanation).toBe(
    '0.741 ≥ min 0.7; production 0.735, regression −0.006 ≤ 0.005',
  );
});

test('shows as many digits as it takes to see the difference', () => {
  expect(judge({ min: 0.7 }, 0.69999).explanation).toBe('0.69999 < min 0.7');
});

describe('without a version to compare with', () => {
  test('only the bounds decide on a first version', () => {
    expect(judge(regression, 0.6, { firstVersion: true })).toMatchObject({ verdict: 'first_version', reference: null });
    expect(judge(regression, 0.4, { firstVersion: true }).verdict).toBe('fail');
  });

  test('an empty stage is red once there are versions, and says what to do', () => {
    expect(judge(regression, 0.6, { references: { production: null } })).toMatchObject({
      verdict: 'missing',
      explanation: expect.stringContaining('promote a version to production first'),
    });
  });

  test('a version without this metric is red', () => {
    expect(judge(regression, 0.6, { references: { production: {} } }).verdict).toBe('missing');
  });
});

test('judges metrics that are named like members of an object', () => {
  const name = MetricName.parse('constructor');
  const [verdict] = judgeGates({ gates: { [name]: { min: 0 } }, metrics: {}, references: {}, firstVersion: true });
  expect(verdict?.verdict).toBe('missing');
});

test('sorts verdicts by metric', () => {
  const names = ['b', 'a', 'c'].map((name) => MetricName.parse(name));
  const gates = Object.fromEntries(names.map((name) => [name, { min: 0 }]));
  const verdicts = judgeGates({ gates, metrics: {}, references: {}, firstVersion: true });
  expect(verdicts.map(({ metric }) => metric)).toEqual(['a', 'b', 'c']);
});

test('never passes a gate whose bound is not met', () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(number, number, number, (value, min, reference) => {
      const { verdict } = judge({ ...regression, min }, value, production(reference));
      if (value < min) expect(verdict).toBe('fail');
      if (value >= reference && value >= min) expect(verdict).toBe('pass');
    }),
  );
});

const hash = 'a'.repeat(64);
const good: VerdictInput = {
  scan: {
    verdict: 'clean',
    files: [{ path: 'model.onnx', size: 1, sha256: hash as never, format: 'onnx', verdict: 'clean' }],
    findings: [],
  },
  evaluation: { status: 'evaluated', metrics: {}, sandbox: 'namespaces', holdout: {}, seconds: 1 },
  gates: [{ metric: auc, value: 0.8, verdict: 'pass', explanation: '', reference: null }],
  judgedBy: 'evaluated',
  selfReported: null,
  policyChange: false,
  trust: 'member',
  hasPackage: true,
  objections: [],
};

test('a clean, measured run that passes its gates is a candidate', () => {
  expect(verdictOf(good)).toEqual({ verdict: 'candidate', reasons: [] });
});

const gate = (verdict: GateVerdict['verdict']): Partial<VerdictInput> => ({
  gates: [{ metric: auc, value: null, verdict, explanation: 'words', reference: null }],
});

test.each([
  [
    'a finding',
    { scan: { ...good.scan, verdict: 'finding', files: [{ ...good.scan.files[0], verdict: 'finding' }] } },
    'scan: findings in model.onnx',
  ],
  [
    'an unscanned file',
    { scan: { ...good.scan, verdict: 'unscanned', files: [{ ...good.scan.files[0], verdict: 'unscanned' }] } },
    'not a format that can be scanned',
  ],
  [
    'no artifacts, though nothing was found in them',
    { scan: { verdict: 'clean', files: [], findings: [] } },
    'no artifacts',
  ],
  [
    'no evaluation',
    { evaluation: { status: 'not_evaluated', reason: 'sandbox_unavailable', message: '' } },
    'not evaluated: the sandbox',
  ],
  ['a failed gate', gate('fail'), 'gate roc_auc failed: words'],
  ['a missing metric', gate('missing'), 'gate roc_auc cannot be judged'],
  ['a policy change', { policyChange: true }, 'policy change'],
  ['a fork', { trust: 'fork' }, 'a run from a fork is never promoted'],
  ['a judge run of which a job failed', { objections: ['the judge run ended as failure'] }, 'ended as failure'],
  ['no package', { hasPackage: false }, 'nothing to promote'],
  ['self-reported judgement without metrics', { judgedBy: 'self-reported' }, 'training reported no metrics'],
] as [string, Partial<VerdictInput>, string][])('%s holds a run', (_, change, reason) => {
  const { verdict, reasons } = verdictOf({ ...good, ...change });
  expect(verdict).toBe('held');
  expect(reasons.join('\n')).toContain(reason);
});

test('where nothing was measured, that is the reason once, and not each metric’s again', () => {
  const evaluation = { status: 'not_evaluated', reason: 'scan_not_clean', message: '' } as const;
  const { verdict, reasons } = verdictOf({ ...good, ...gate('missing'), evaluation });
  expect(verdict).toBe('held');
  expect(reasons).toEqual(['not evaluated: the scan was not clean, so the model was not loaded']);
});

test('a gate that reads "first version" holds nothing', () => {
  expect(verdictOf({ ...good, ...gate('first_version') }).verdict).toBe('candidate');
});

test('by policy, what training reports can be judged, for members', () => {
  const input: VerdictInput = {
    ...good,
    judgedBy: 'self-reported',
    selfReported: {},
    evaluation: { status: 'not_evaluated', reason: 'no_evaluator', message: '' },
  };
  expect(verdictOf(input).verdict).toBe('candidate');
  expect(verdictOf({ ...input, trust: 'fork' }).reasons).toContain(
    'metrics that a fork reports of itself pass no gate',
  );
});

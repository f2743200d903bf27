import type { Gate } from '../config/evaluation.ts';
import type { GateVerdict } from '../ledger/run.ts';
import type { MetricName } from '../names.ts';
import type { ScanReport } from '../verification/report.ts';
import { formatNumber, formatSigned } from './numbers.ts';
import type { EvaluationOutcome, Metrics } from './result.ts';

export interface GateInput {
  readonly gates: Readonly<Record<MetricName, Gate>>;
  /** What gates read: the evaluator's metrics, or by policy training's own. */
  readonly metrics: Metrics;
  /** Metrics of the version that each `versus` (a stage, or `base`) holds; null or absent where it holds none. */
  readonly references: Readonly<Record<string, Metrics | null>>;
  /** No earlier version of the model is in the ledger: regression gates read "first version", and only bounds decide. */
  readonly firstVersion: boolean;
}

/** Judges every gate, in the order of their names. Pure arithmetic on finite numbers; anything absent is red. */
export function judgeGates(input: GateInput): readonly GateVerdict[] {
  const gates = new Map(Object.entries(input.gates));
  return [...gates.keys()].sort().flatMap((name) => {
    const gate = gates.get(name);
    // Keys of a record lose their brand in Object.entries; the schema of the config has checked them.
    return gate === undefined ? [] : [judgeGate(name as MetricName, gate, input)];
  });
}

function judgeGate(metric: MetricName, gate: Gate, input: GateInput): GateVerdict {
  const value = own(input.metrics, metric);
  if (value === undefined || !Number.isFinite(value)) {
    const explanation = `no finite number was reported for "${metric}"; the gate needs ${boundsInWords(gate)}`;
    return { metric, value: null, verdict: 'missing', explanation, reference: null };
  }
  const bounds = judgeBounds(value, gate);
  const regression = judgeRegression(metric, value, gate, input);
  const explanation = [...bounds.words, ...(regression === null ? [] : [regression.words])].join('; ').slice(0, 500);
  const reference = regression?.reference ?? null;
  const failed = !bounds.pass || regression?.verdict === 'fail';
  const verdict = failed ? 'fail' : (regression?.verdict ?? 'pass');
  return { metric, value, verdict, explanation, reference };
}

function boundsInWords(gate: Gate): string {
  const words = [
    gate.min === undefined ? null : `≥ ${formatNumber(gate.min)}`,
    gate.max === undefined ? null : `≤ ${formatNumber(gate.max)}`,
    gate.max_regression === undefined ? null : `a regression ≤ ${formatNumber(gate.max_regression)}`,
  ];
  return words.filter((word) => word !== null).join(' and ');
}

function judgeBounds(value: number, gate: Gate): { readonly pass: boolean; readonly words: readonly string[] } {
  const words: string[] = [];
  let pass = true;
  if (gate.min !== undefined) {
    const good = value >= gate.min;
    pass &&= good;
    words.push(`${formatNumber(value, gate.min)} ${good ? '≥' : '<'} min ${formatNumber(gate.min)}`);
  }
  if (gate.max !== undefined) {
    const good = value <= gate.max;
    pass &&= good;
    words.push(`${formatNumber(value, gate.max)} ${good ? '≤' : '>'} max ${formatNumber(gate.max)}`);
  }
  return { pass, words };
}

interface Regression {
  readonly verdict: 'pass' | 'fail' | 'missing' | 'first_version';
  readonly reference: number | null;
  readonly words: string;
}

function judgeRegression(metric: MetricName, value: number, gate: Gate, input: GateInput): Regression | null {
  const allowed = gate.max_regression;
  if (allowed === undefined || gate.versus === undefined) return null;
  const metrics = own(input.references, gate.versus);
  if (metrics === undefined || metrics === null) {
    if (input.firstVersion)
      return { verdict: 'first_version', reference: null, words: 'first version: nothing to compare with yet' };
    const fix = gate.versus === 'base' ? 'train the base branch first' : `promote a version to ${gate.versus} first`;
    return { verdict: 'missing', reference: null, words: `${gate.versus} holds no version to compare with: ${fix}` };
  }
  const reference = own(metrics, metric);
  if (reference === undefined || !Number.isFinite(reference)) {
    return {
      verdict: 'missing',
      reference: null,
      words: `the version in ${gate.versus} has no "${metric}" to compare with`,
    };
  }
  const better = gate.better ?? (gate.max !== undefined && gate.min === undefined ? 'lower' : 'higher');
  const regression = better === 'higher' ? reference - value : value - reference;
  // 0.735 − 0.73 is 0.0050000000000000044 in binary: that much must not fail a gate that allows 0.005.
  const good = regression <= allowed + 1e-12 * Math.max(1, Math.abs(reference), Math.abs(value));
  const words = `${gate.versus} ${formatNumber(reference, value)}, regression ${formatSigned(regression, allowed)} ${good ? '≤' : '>'} ${formatNumber(allowed)}`;
  return { verdict: good ? 'pass' : 'fail', reference, words };
}

/** A key that the object itself has: metric names such as "constructor" must not reach a prototype. */
function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

export interface VerdictInput {
  readonly scan: ScanReport;
  readonly evaluation: EvaluationOutcome;
  readonly gates: readonly GateVerdict[];
  readonly judgedBy: 'evaluated' | 'self-reported';
  readonly selfReported: Metrics | null;
  /** The head changes policy, or adds the model (invariant 1). */
  readonly policyChange: boolean;
  readonly trust: 'member' | 'fork';
  /** Whether the artifacts were packed. */
  readonly hasPackage: boolean;
  /** What speaks against the judgement as such, in words: a job of it that failed, a policy that changed meanwhile. */
  readonly objections: readonly string[];
}

export interface Verdict {
  readonly verdict: 'candidate' | 'held';
  /** Why it is held, in words without markup; empty for a candidate. */
  readonly reasons: readonly string[];
}

/** Decides whether a judged run is a candidate. Whatever is absent, unscanned or unmeasured holds it. */
export function verdictOf(input: VerdictInput): Verdict {
  const reasons = [
    ...(input.trust === 'fork' ? ['a run from a fork is never promoted'] : []),
    ...(input.policyChange
      ? ['policy change: this pull request changes policy or adds the model, so it promotes nothing']
      : []),
    ...scanReasons(input.scan),
    ...evaluationReasons(input),
    ...judgedGates(input).flatMap(gateReason),
    ...input.objections,
    ...(input.hasPackage ? [] : ['the artifacts were not packed, so there is nothing to promote']),
  ];
  return {
    verdict: reasons.length === 0 ? 'candidate' : 'held',
    reasons: reasons.map((reason) => reason.slice(0, 500)),
  };
}

function scanReasons(scan: ScanReport): readonly string[] {
  if (scan.files.length === 0) return ['training left no artifacts to scan'];
  if (scan.verdict === 'clean') return [];
  const files = scan.files.filter((file) => file.verdict !== 'clean').map((file) => `${file.path} (${file.format})`);
  const named = files.slice(0, 3).join(', ') + (files.length > 3 ? ` and ${files.length - 3} more` : '');
  return [
    scan.verdict === 'finding' ? `scan: findings in ${named}` : `scan: not a format that can be scanned: ${named}`,
  ];
}

function evaluationReasons({ evaluation, judgedBy, selfReported, trust }: VerdictInput): readonly string[] {
  if (judgedBy === 'self-reported') {
    if (trust === 'fork') return ['metrics that a fork reports of itself pass no gate'];
    return selfReported === null ? ['training reported no metrics'] : [];
  }
  return evaluation.status === 'evaluated' ? [] : [`not evaluated: ${NOT_EVALUATED[evaluation.reason]}`];
}

/** Where nothing was measured that is said once, and not of each metric again. */
function judgedGates({ judgedBy, evaluation, gates }: VerdictInput): readonly GateVerdict[] {
  if (judgedBy === 'self-reported' || evaluation.status === 'evaluated') return gates;
  return gates.filter(({ verdict }) => verdict !== 'missing');
}

const NOT_EVALUATED: Readonly<Record<Extract<EvaluationOutcome, { status: 'not_evaluated' }>['reason'], string>> = {
  scan_not_clean: 'the scan was not clean, so the model was not loaded',
  sandbox_unavailable: 'the sandbox for the model could not be set up',
  setup_failed: "the evaluator's packages could not be installed",
  predict_failed: 'the predict command failed',
  predict_timed_out: 'the predict command ran into its time limit',
  evaluate_failed: 'the evaluate command failed',
  metrics_missing: 'the evaluator left no metrics.json',
  metrics_invalid: "the evaluator's metrics.json is not valid",
  holdout_in_training_data: 'rows of the holdout occur in the training data',
  holdout_invalid: 'the holdout cannot be used',
  no_evaluator: 'the config names no evaluator',
};

/** Why a gate holds a run, as `verdictOf` words it; empty where it passed. */
export function gateReason(gate: GateVerdict): readonly string[] {
  switch (gate.verdict) {
    case 'pass':
    case 'first_version':
      return [];
    case 'fail':
      return [`gate ${gate.metric} failed: ${gate.explanation}`];
    case 'missing':
      return [`gate ${gate.metric} cannot be judged: ${gate.explanation}`];
  }
}

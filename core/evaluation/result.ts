import { z } from 'zod';
import { DatasetName, GitId, MetricName, ModelName, RunId, Sha256 } from '../names.ts';
import { TrainEnvironment } from '../training/environment.ts';
import { MAX_FINDINGS, ScanReport } from '../verification/report.ts';
import { WaivedFinding } from '../verification/waiver.ts';

export const Metrics = z.record(MetricName, z.number());
export type Metrics = z.infer<typeof Metrics>;

/** What the evaluate job found. Everything but `evaluated` is red. */
export const EvaluationOutcome = z.discriminatedUnion('status', [
  z.strictObject({
    status: z.literal('evaluated'),
    metrics: Metrics,
    /** How the process that loaded the model was confined: `namespaces`, or `none` where policy allows it. */
    sandbox: z.enum(['namespaces', 'none']),
    /** SHA-256 of each holdout file, as read at the policy commit. */
    holdout: z.record(DatasetName, Sha256),
    /** Seconds that the predict command took. */
    seconds: z.number().min(0),
  }),
  z.strictObject({
    status: z.literal('not_evaluated'),
    reason: z.enum([
      'scan_not_clean',
      'sandbox_unavailable',
      'setup_failed',
      'predict_failed',
      'predict_timed_out',
      'evaluate_failed',
      'metrics_missing',
      'metrics_invalid',
      'holdout_in_training_data',
      'holdout_invalid',
      'no_evaluator',
    ]),
    message: z.string().max(4000),
  }),
]);
export type EvaluationOutcome = z.infer<typeof EvaluationOutcome>;

/** The content-addressed package: one deterministic tar of artifacts and manifest. */
export const PackageReference = z.strictObject({
  sha256: Sha256,
  /** Bytes. */
  size: z.int().min(0),
  /** The workflow artifact that holds it, and the digest of that archive. */
  artifact: z.strictObject({ id: z.int().positive(), digest: Sha256, runId: z.int().positive() }),
});
export type PackageReference = z.infer<typeof PackageReference>;

/** The one JSON that a judge run hands over. Made by jobs without PR code, still validated as if hostile. */
export const JudgeResult = z.strictObject({
  version: z.literal(1),
  run: RunId,
  model: ModelName,
  policyCommit: GitId,
  /** SHA-256 of the train output archive that was judged. */
  output: Sha256,
  scan: ScanReport,
  /** What policy waived of it; absent for nothing. */
  waived: z.array(WaivedFinding).max(MAX_FINDINGS).optional(),
  evaluation: EvaluationOutcome,
  /** Metrics that training reported of itself: shown, never judged. */
  selfReported: Metrics.nullable(),
  /** What a job of a runner was trained with, as its machine said; absent where that said nothing. */
  environment: TrainEnvironment.optional(),
  package: PackageReference.nullable(),
});
export type JudgeResult = z.infer<typeof JudgeResult>;

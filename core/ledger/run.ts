import { z } from 'zod';
import { EngineName } from '../config/training.ts';
import { EvaluationOutcome, Metrics, PackageReference } from '../evaluation/result.ts';
import { Fingerprint, SourceManifest } from '../fingerprint/manifest.ts';
import { GitId, Instant, MetricName, ModelName, RepositoryName, RunId, Sha256 } from '../names.ts';
import { CheckpointReference } from '../training/checkpoint.ts';
import { TrainEnvironment } from '../training/environment.ts';
import { ExecutionId } from '../training/execution.ts';
import { MAX_PACKED_FILES, PackedFile, Reproduction } from '../training/reproduction.ts';
import { JudgeOrder, TrainOrder } from '../training/request.ts';
import { ToldAttempt } from '../training/told-attempt.ts';
import { ScanFinding } from '../verification/report.ts';
import { WaivedFinding } from '../verification/waiver.ts';

/** A workflow artifact, by id, digest, run and attempt; never by name alone (DESIGN section 6). */
export const ArtifactReference = z.strictObject({
  id: z.int().positive(),
  digest: Sha256,
  runId: z.int().positive(),
  attempt: z.int().positive(),
});
export type ArtifactReference = z.infer<typeof ArtifactReference>;

/** What a compute engine's execution left in the run's own prefix of the team's store (flows/engine-port.ts). */
export const StoredOutput = z.strictObject({
  store: z.literal('run'),
  /** The run that trained it: one that evaluates another has a prefix of its own. */
  run: RunId,
  /** Below the run's prefix. */
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]*(\/[a-z0-9][a-z0-9.-]*)*$/)
    .max(200),
  /** As the execution claimed it, when it ended. Whoever reads it compares, since its address outlives the execution. */
  sha256: Sha256,
  /** Bytes. */
  size: z.int().positive(),
});
export type StoredOutput = z.infer<typeof StoredOutput>;

/** What training left. */
export const TrainedOutput = z.union([ArtifactReference, StoredOutput]);
export type TrainedOutput = z.infer<typeof TrainedOutput>;

/** One attempt at a run's training on a compute engine; the run's record names the newest. */
export const ExecutionReference = z.strictObject({
  engine: EngineName.exclude(['runner']),
  id: ExecutionId,
  /** Counts from 1. */
  attempt: z.int().min(1).max(100),
  /** The run whose last checkpoint it was given to go on from: its own, or that of `--resume`. Absent for none. */
  restores: RunId.optional(),
});
export type ExecutionReference = z.infer<typeof ExecutionReference>;

/** The attempt before, whose runner was lost: training on a runner goes on in a further workflow run. */
export const LostAttempt = z.strictObject({
  workflowRun: z.int().positive(),
  /** Counts from 1. */
  attempt: z.int().min(1).max(100),
  /** What it had saved; null where training begins again. */
  checkpoint: CheckpointReference.nullable(),
});
export type LostAttempt = z.infer<typeof LostAttempt>;

export const GateVerdict = z.strictObject({
  metric: MetricName,
  value: z.number().nullable(),
  verdict: z.enum(['pass', 'fail', 'missing', 'first_version']),
  /** In words, without markup: "0.741 ≥ min 0.70; production 0.735, regression −0.006 ≤ 0.005". */
  explanation: z.string().max(500),
  reference: z.number().nullable(),
});
export type GateVerdict = z.infer<typeof GateVerdict>;

/** Where a run came from. `fork` runs are never promoted or reused. */
export const RunOrigin = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('pull_request'),
    number: z.int().positive(),
    commentId: z.int().positive(),
    line: z.int().positive(),
  }),
  z.strictObject({ kind: z.literal('branch'), branch: z.string().max(256) }),
]);
export type RunOrigin = z.infer<typeof RunOrigin>;

/**
 * The state of a run. Transitions: accepted → training → judging → judged; from each of the first three also → failed
 * or → cancelled (reported only after the compute is confirmed gone, invariant 9). Training by an execution that lost its
 * machine is followed by training in the next attempt.
 */
export const RunState = z.discriminatedUnion('state', [
  z.strictObject({
    state: z.literal('accepted'),
    /** Absent before the first attempt. */
    lost: LostAttempt.optional(),
    /** The workflow run in which its data was fetched, or it has passed its trial on a sample; absent where a compute engine needs neither, or not yet. */
    tried: z.int().positive().optional(),
  }),
  z.strictObject({
    state: z.literal('training'),
    /** Null where a compute engine trains; of a run on one whose data is fetched or that is tried on a sample, the one in which it is. */
    workflowRun: z.int().positive().nullable(),
    /** Absent where a workflow run trains, as in records from before there were engines. */
    execution: ExecutionReference.optional(),
    /** Of the inputs that a job fetched and that lie in the store; absent where an engine trains on what git has alone. */
    inputs: Sha256.optional(),
    /** Absent in the first attempt. */
    lost: LostAttempt.optional(),
  }),
  z.strictObject({
    state: z.literal('judging'),
    /** Null where a compute engine trained. */
    trainRun: z.int().positive().nullable(),
    output: TrainedOutput,
    /** Of an execution on a compute engine that told it; what a job of a runner tells comes with its judgement. */
    environment: TrainEnvironment.optional(),
    /** Of an execution on a compute engine that has something to tell beside its output. */
    told: ToldAttempt.optional(),
    workflowRun: z.int().positive(),
    order: JudgeOrder,
  }),
  z.strictObject({
    state: z.literal('judged'),
    verdict: z.enum(['candidate', 'held']),
    reasons: z.array(z.string().max(500)),
    trainRun: z.int().positive().nullable(),
    judgeRun: z.int().positive(),
    output: TrainedOutput,
    /** What it was trained with, as its machine said; absent where that said nothing. */
    environment: TrainEnvironment.optional(),
    /** How its attempt on a compute engine began, and what to know of it; absent where there is nothing to tell. */
    told: ToldAttempt.optional(),
    order: JudgeOrder,
    evaluation: EvaluationOutcome,
    gates: z.array(GateVerdict),
    scanVerdict: z.enum(['clean', 'finding', 'unscanned']),
    scanFindings: z.array(ScanFinding).max(20),
    /** Findings that policy waived; absent for none, as in records from before there were waivers. */
    scanWaived: z.array(WaivedFinding).max(20).optional(),
    selfReported: Metrics.nullable(),
    package: PackageReference.nullable(),
    /** What the package holds, as far as it was kept; null for records from before, and where it holds more. */
    files: z.array(PackedFile).max(MAX_PACKED_FILES).nullable().default(null),
    /** For a run that was trained to reproduce another one. */
    reproduction: Reproduction.nullable().default(null),
    /** Whether gates read the evaluator's numbers or, by policy, training's own. */
    judgedBy: z.enum(['evaluated', 'self-reported']),
    /** Version that `versus` was compared with, by stage. */
    references: z.record(z.string(), z.string()),
  }),
  z.strictObject({
    state: z.literal('failed'),
    at: z.enum(['dispatch', 'training', 'judging']),
    reason: z.string().max(64),
    message: z.string().max(2000),
    workflowRun: z.int().positive().nullable(),
  }),
  z.strictObject({
    state: z.literal('cancelled'),
    by: z.string().max(100),
    workflowRun: z.int().positive().nullable(),
  }),
]);
export type RunState = z.infer<typeof RunState>;

/** An amount in one currency, ISO 4217. */
export const Price = z.strictObject({ amount: z.number().min(0), currency: z.string().regex(/^[A-Z]{3}$/) });
export type Price = z.infer<typeof Price>;

/**
 * One entry of `refs/trainyard/runs/<id>`: the whole run, so that its newest entry alone says all. Keys with a default
 * came later: records from before them are read for ever.
 */
export const RunRecord = z.strictObject({
  kind: z.literal('run'),
  repository: RepositoryName,
  run: RunId,
  /** Counts the entries of this run from 0. */
  sequence: z.int().min(0),
  /** SHA-256 of the envelope before, null for the first. */
  previous: Sha256.nullable(),
  at: Instant,
  acceptedAt: Instant,
  model: ModelName,
  commit: GitId,
  origin: RunOrigin,
  requestedBy: z.string().max(100),
  trust: z.enum(['member', 'fork']),
  fingerprint: Fingerprint,
  source: SourceManifest,
  order: TrainOrder,
  policy: z.strictObject({ commit: GitId, digest: Sha256 }),
  /** The head changes policy or adds the model: it may train, and is never a candidate (invariant 1). */
  policyChange: z.boolean(),
  /** What an hour of its training costs, by policy when it was accepted; null where no price applied. */
  hourlyPrice: Price.nullable().default(null),
  /** When its compute was asked for and confirmed gone, as the state machine saw it; both null for a run that evaluates another. */
  training: z
    .strictObject({ startedAt: Instant.nullable(), endedAt: Instant.nullable() })
    .default({ startedAt: null, endedAt: null }),
  /** Made by `/evaluate`, or by a retry of failed judging: the artifacts of this earlier run are judged, nothing is trained. */
  evaluates: RunId.nullable().default(null),
  /** Made by `/train --repro`: the run whose outputs are compared with this one's. */
  reproduces: RunId.nullable().default(null),
  /** Made by `/train --resume`: the run with the same fingerprint whose last checkpoint this one begins with. Absent for none. */
  resumes: RunId.optional(),
  state: RunState,
});
export type RunRecord = z.infer<typeof RunRecord>;

/** SHA-256 by which a trained output is told from all others: of the artifact's archive, or of the stored file. */
export function outputDigest(output: TrainedOutput): Sha256 {
  return 'store' in output ? output.sha256 : output.digest;
}

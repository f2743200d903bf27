import { z } from 'zod';
import { StepMetric } from '../evaluation/metrics.ts';
import { Sha256 } from '../names.ts';
import { TrainEnvironment } from './environment.ts';

/** The two files of a train run's one artifact, `trainyard-output`. */
export const OUTPUT_TAR = 'output.tar';
export const STATUS_FILE = 'status.json';

export const TRAIN_END_REASONS = {
  succeeded: 'The command exited with 0 and left an output.',
  failed: 'The command exited otherwise than with 0.',
  command_not_found: 'The command, or a program that it calls, is not there or may not be run.',
  out_of_memory: 'The system ended the command because the machine had no memory left.',
  timed_out: 'The command ran longer than the model’s timeout.',
  stalled: 'The command showed no sign of life, or its loss was not a number, and policy says stop.',
  setup_failed: 'The packages that the lock file names could not be installed.',
  resources_missing: 'The machine does not have what training asks for.',
  params_not_written: 'A parameter of the run could not be written into params.yaml, from which its stage reads it.',
  smoke_failed: 'The command failed on a sample of the data, so the training itself was not started.',
  no_output: 'The command exited with 0 and left nothing in TRAINYARD_OUTPUT.',
  output_invalid: 'The output holds what a package may not: a link, a device, or an unsafe path.',
  output_too_large: 'The output has more bytes or files than a package may.',
  cancelled: 'The job was cancelled.',
} as const;
export type TrainEndReason = keyof typeof TRAIN_END_REASONS;

/** What did not fail training, and what its author should know. */
export const TRAIN_NOTES = {
  stalled: 'The command counted as stalled for a while.',
  loss_not_a_number: 'A loss was not a number, at least for a while.',
  metrics_unreadable: 'Lines of TRAINYARD_METRICS are no step metrics, and are left out.',
  metrics_skipped: 'TRAINYARD_METRICS grew faster than it is read; points in between are left out.',
  self_reported_unreadable: 'metrics.json in the output can’t be read, or not all of it: what can’t is not shown.',
  checkpoint_not_saved: 'A checkpoint could not be kept: a lost machine starts again at the one before.',
  checkpoint_not_restored: 'The checkpoint could not be restored, so training began at its beginning.',
  params_not_written:
    'A parameter of the run could not be written into params.yaml; it is in the environment all the same.',
  sample_whole: 'Data was not shortened for the sample, because it is in a format that is not cut by rows.',
  smoke_unfinished: 'The sample was still being trained on when its time was over; nothing had failed until then.',
} as const;
export type TrainNoteCode = keyof typeof TRAIN_NOTES;

/**
 * How training ended, as the job says in which it ran: code from a pull request had that job, so this is for display.
 * What is judged is the output alone. Keys with a default came later.
 */
export const TrainStatus = z.strictObject({
  version: z.literal(1),
  reason: z.enum(Object.keys(TRAIN_END_REASONS) as [TrainEndReason, ...TrainEndReason[]]),
  /** One or a few sentences: what was expected, what was found. */
  message: z.string().max(4000),
  /** Of the command; null when it did not run or was ended by a signal. */
  exitCode: z.int().min(0).max(255).nullable(),
  seconds: z.number().min(0),
  /** The end of the command's output: at most 200 lines and 64 KiB. Any text. */
  logTail: z.string().max(65_536),
  /** At most 2,000 of them, over all of training; the last ones whole. */
  stepMetrics: z.array(StepMetric).max(2000),
  notes: z
    .array(
      z.strictObject({
        code: z.enum(Object.keys(TRAIN_NOTES) as [TrainNoteCode, ...TrainNoteCode[]]),
        message: z.string().max(1000),
      }),
    )
    .max(20)
    .default([]),
  environment: TrainEnvironment.nullable().default(null),
  /** Counts from 1; what a further attempt began with. */
  attempt: z.int().min(1).default(1),
  resumed: z
    .strictObject({ attempt: z.int().min(1), step: z.int().min(0).nullable(), bytes: z.int().min(0) })
    .nullable()
    .default(null),
});
export type TrainStatus = z.infer<typeof TrainStatus>;
export type TrainNote = TrainStatus['notes'][number];

/**
 * What an execution on a compute engine leaves as `status.json` in the run's store, written last: with an output, it says
 * which. Hostile as all of it, but pinned: what is judged later must have this digest.
 */
export const ExecutionStatus = TrainStatus.extend({
  output: z.strictObject({ sha256: Sha256, size: z.int().positive() }).nullable(),
});
export type ExecutionStatus = z.infer<typeof ExecutionStatus>;

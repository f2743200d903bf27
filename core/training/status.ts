import { z } from 'zod';
import { StepMetric } from '../evaluation/metrics.ts';

/** The two files of a train run's one artifact, `trainyard-output`. */
export const OUTPUT_TAR = 'output.tar';
export const STATUS_FILE = 'status.json';

export const TRAIN_END_REASONS = {
  succeeded: 'The command exited with 0 and left an output.',
  failed: 'The command exited otherwise than with 0.',
  timed_out: 'The command ran longer than the model’s timeout.',
  setup_failed: 'The packages that the lock file names could not be installed.',
  no_output: 'The command exited with 0 and left nothing in TRAINYARD_OUTPUT.',
  output_invalid: 'The output holds what a package may not: a link, a device, an unsafe path, or too much.',
  cancelled: 'The job was cancelled.',
} as const;

/**
 * How training ended, as the job says in which it ran: code from a pull request had that job, so this is for display.
 * What is judged is the output alone.
 */
export const TrainStatus = z.strictObject({
  version: z.literal(1),
  reason: z.enum(Object.keys(TRAIN_END_REASONS) as [keyof typeof TRAIN_END_REASONS]),
  /** One or a few sentences: what was expected, what was found. */
  message: z.string().max(4000),
  /** Of the command; null when it did not run or was ended by a signal. */
  exitCode: z.int().min(0).max(255).nullable(),
  seconds: z.number().min(0),
  /** The end of the command's output: at most 200 lines and 64 KiB. Any text. */
  logTail: z.string().max(65_536),
  /** The last 2,000. */
  stepMetrics: z.array(StepMetric).max(2000),
});
export type TrainStatus = z.infer<typeof TrainStatus>;

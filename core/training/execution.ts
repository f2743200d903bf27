import { z } from 'zod';
import { Instant, type RunId } from '../names.ts';

/**
 * Why an execution on an engine ended otherwise than well. `retry` says whether another machine may do better: what the
 * user's own code or config did is never tried again by itself.
 */
export const EXECUTION_FAILURES = {
  command_failed: { retry: false, text: 'The command exited otherwise than with 0.' },
  command_not_found: { retry: false, text: 'The command, or the shell that runs it, is not there.' },
  out_of_memory: { retry: false, text: 'The command needed more memory than the model’s resources allow.' },
  setup_failed: { retry: false, text: 'The packages that the lock file names could not be installed.' },
  image_pull_failed: { retry: false, text: 'The image could not be pulled.' },
  impossible_resources: { retry: false, text: 'No machine of the engine can ever have what is asked for.' },
  quota_exceeded: { retry: false, text: 'The engine’s quota does not allow what is asked for.' },
  timed_out: { retry: false, text: 'It ran longer than the model’s timeout.' },
  no_output: { retry: false, text: 'The command exited with 0, and what it should leave is not there.' },
  output_invalid: { retry: false, text: 'The output holds what a package may not, or is not what was announced.' },
  output_too_large: { retry: false, text: 'The output has more bytes or files than a package may.' },
  inputs_unavailable: { retry: true, text: 'The declared inputs could not be fetched on the machine.' },
  preempted: { retry: true, text: 'The machine was taken away for work of higher priority, or a spot price.' },
  machine_lost: { retry: true, text: 'The machine, or the engine’s own process on it, was lost.' },
  engine_failed: { retry: true, text: 'The engine could not run it, for a reason of its own.' },
} as const;
export type ExecutionFailure = keyof typeof EXECUTION_FAILURES;
export const ExecutionFailure = z.enum(Object.keys(EXECUTION_FAILURES) as [ExecutionFailure, ...ExecutionFailure[]]);

/** One attempt at a run's training, as an engine knows it. Names are the engine's own, for people who look there. */
export const ExecutionId = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'an execution: lower-case letters, digits and hyphens, 63 at most')
  .brand<'ExecutionId'>();
export type ExecutionId = z.infer<typeof ExecutionId>;

/** How an execution ended. Messages come from the engine and from hostile code: for display only. */
export const ExecutionEnd = z.discriminatedUnion('how', [
  z.strictObject({ how: z.literal('succeeded') }),
  z.strictObject({ how: z.literal('cancelled') }),
  z.strictObject({
    how: z.literal('failed'),
    reason: ExecutionFailure,
    /** What was expected, what was found, what to do. */
    message: z.string().max(2000),
    exitCode: z.int().min(0).max(255).nullable(),
  }),
]);
export type ExecutionEnd = z.infer<typeof ExecutionEnd>;

/** What an execution held, and for how long: the basis of its cost. */
export const ExecutionUsage = z.strictObject({
  /** Seconds from when it had its machines to when it gave them back. */
  seconds: z.number().min(0),
  gpus: z.int().min(0),
  machines: z.int().min(1),
});
export type ExecutionUsage = z.infer<typeof ExecutionUsage>;

/**
 * What an engine says of an execution at one moment. `absent`: it was never submitted there, or the engine has forgotten
 * it (its own time-to-live); whoever recorded a submission takes that for a lost machine.
 */
export const Observation = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('absent') }),
  z.strictObject({
    state: z.literal('waiting'),
    since: Instant.nullable(),
    /** In the engine's words: "0/3 nodes have enough nvidia.com/gpu". */
    why: z.string().max(500).nullable(),
  }),
  z.strictObject({
    state: z.literal('running'),
    startedAt: Instant.nullable(),
    /** Share of 0 to 1 over the last minutes; null where the engine can't tell. */
    gpuUse: z.number().min(0).max(1).nullable(),
  }),
  z.strictObject({
    state: z.literal('ended'),
    end: ExecutionEnd,
    startedAt: Instant.nullable(),
    endedAt: Instant.nullable(),
    usage: ExecutionUsage.nullable(),
    /** Of the image that the command ran in, with its digest, as the engine itself knows it. */
    image: z.string().max(200).optional(),
  }),
]);
export type Observation = z.infer<typeof Observation>;

/** The one name of an attempt, from whatever process it is asked for: submitting it twice gives one execution. */
export function executionId(run: RunId, attempt: number): ExecutionId {
  return ExecutionId.parse(`trainyard-${run.toLowerCase()}-${attempt}`);
}

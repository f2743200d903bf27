import { z } from 'zod';

/** What Ray's head answers: untrusted, and more of it than is read here. */

const Words = z.string().transform((text) => text.slice(-40_000));
/** Milliseconds since the epoch; Ray writes 0 for "not yet". */
const Milliseconds = z
  .number()
  .min(0)
  // The end of the year 9999: what is later can't be written as a date of four digits.
  .max(253_402_300_799_999)
  .nullable()
  .catch(null)
  .transform((at) => (at === 0 ? null : at));

export const JobAnswer = z.object({
  type: z.enum(['SUBMISSION', 'DRIVER']),
  submission_id: z.string().nullable(),
  /** Ray's own number of the job, once its command has connected to the cluster. */
  job_id: z
    .string()
    .regex(/^[0-9a-f]{1,64}$/)
    .nullable()
    .catch(null),
  status: z.enum(['PENDING', 'RUNNING', 'STOPPED', 'SUCCEEDED', 'FAILED']),
  message: Words.nullable().catch(null),
  error_type: z.string().max(200).nullable().catch(null),
  /** When it was submitted. */
  start_time: Milliseconds,
  end_time: Milliseconds,
  metadata: z.record(z.string(), z.string()).nullable().catch(null),
  driver_node_id: z
    .string()
    .regex(/^[0-9a-f]{1,128}$/)
    .nullable()
    .catch(null),
  driver_exit_code: z.int().min(-255).max(255).nullable().catch(null),
});
export type JobAnswer = z.infer<typeof JobAnswer>;

/** Of the state API: a list, after filters. */
function listOf<T extends z.ZodType>(row: T) {
  return z.object({ data: z.object({ result: z.object({ result: z.array(row).max(10_000) }) }) });
}

export const NodesAnswer = listOf(
  z.object({
    node_id: z.string(),
    state: z.string(),
    resources_total: z.record(z.string(), z.number()),
    labels: z.record(z.string(), z.string()).nullable().catch(null),
  }),
);
export type RayNode = z.infer<typeof NodesAnswer>['data']['result']['result'][number];

export const ActorsAnswer = listOf(
  z.object({
    actor_id: z.string().regex(/^[0-9a-f]{1,64}$/),
    state: z.string().max(100),
    name: z.string().nullable().catch(null),
  }),
);

/** Of the dashboard, by id. */
export const ActorTimes = z.object({
  data: z.object({ actors: z.record(z.string(), z.object({ startTime: Milliseconds }).nullable()) }),
});

/** Where the status says all. */
export const Anything = z.unknown();

/** Names of log files by their kind. */
export const LogsAnswer = z.object({
  data: z.object({ result: z.record(z.string(), z.array(z.string().max(1000)).max(100_000)) }),
});

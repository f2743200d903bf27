import { z } from 'zod';
import type { ExecutionEnd, ExecutionFailure } from '../../../core/training/execution.ts';
import type { JobAnswer } from './answers.ts';
import { SETUP_SECONDS } from './job.ts';

/** The last line of a job's log, by harness/main.py. Hostile code shares its machine, so it is shown and decides no trust. */
const LastWords = z.object({
  reason: z.string().max(100),
  exitCode: z.int().min(0).max(255).nullable(),
  message: z.string().max(4000),
});
const LAST_LINE = /(?:^|\n)trainyard-end (\{[^\n]*\})\s*$/;

const BY_STATUS: ReadonlyMap<string, ExecutionFailure> = new Map(
  Object.entries({
    failed: 'command_failed',
    command_not_found: 'command_not_found',
    out_of_memory: 'out_of_memory',
    timed_out: 'timed_out',
    no_output: 'no_output',
    output_invalid: 'output_invalid',
    output_too_large: 'output_too_large',
    inputs_unavailable: 'inputs_unavailable',
    engine_failed: 'engine_failed',
    // SIGTERM from elsewhere than Ray’s own stop: a machine that is being taken away.
    cancelled: 'preempted',
  } as const),
);

/**
 * How a job ended that is in a state which it never leaves.
 *
 * @param lack why no machine of the cluster could hold it, where it never got one
 */
export function endOf(job: JobAnswer, lack: string | null): ExecutionEnd {
  if (job.status === 'SUCCEEDED') return { how: 'succeeded' };
  if (job.status === 'STOPPED') return { how: 'cancelled' };
  const said = (job.message ?? '').trim();
  switch (job.error_type) {
    case 'JOB_ENTRYPOINT_COMMAND_ERROR':
      return ofCommand(job, said);
    case 'RUNTIME_ENV_SETUP_FAILURE':
      return isOfPackage(said)
        ? failed('inputs_unavailable', `The job’s working directory could not be brought to its machine: ${said}`)
        : failed('setup_failed', setupWords(said));
    case 'JOB_SUPERVISOR_ACTOR_START_TIMEOUT':
      return lack === null
        ? failed('engine_failed', `The cluster had no room for it in time: ${said}`)
        : failed('impossible_resources', `${lack}: ask for less, or add such a machine`);
    case 'JOB_SUPERVISOR_ACTOR_UNSCHEDULABLE':
      return failed('impossible_resources', lack ?? said);
    case 'JOB_SUPERVISOR_ACTOR_DIED':
      return failed(lossIn(said), `Ray’s own process beside the command was lost: ${said}`);
    default:
      return failed('engine_failed', said === '' ? 'Ray gives no reason.' : said);
  }
}

function ofCommand(job: JobAnswer, said: string): ExecutionEnd {
  const words = lastWords(said);
  if (words === null) {
    const code = job.driver_exit_code;
    return code === 126 || code === 127
      ? failed('engine_failed', `The cluster’s machines need python3 on their PATH: ${said}`)
      : failed(
          'machine_lost',
          `The program that runs the command was ended (${code ?? 'no exit code'}) and said no more.`,
        );
  }
  return { ...failed(BY_STATUS.get(words.reason) ?? 'engine_failed', words.message), exitCode: words.exitCode };
}

function lastWords(said: string): z.infer<typeof LastWords> | null {
  const line = LAST_LINE.exec(said)?.[1];
  if (line === undefined) return null;
  try {
    return LastWords.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

/** What pip said of it, without the Python of Ray's own that stands before it. */
function setupWords(said: string): string {
  if (said.includes('No module named pip'))
    return 'The cluster’s machines need pip in the Python that Ray runs in, to install what train.setup names: it is not there.';
  if (said.includes('Failed to install runtime_env within the timeout'))
    return `Installing what train.setup names took longer than ${SETUP_SECONDS} seconds. Name fewer packages, or start the cluster from an image that has them.`;
  const printed = said.split(/Last \d+ lines of stdout:\n/).at(-1) ?? said;
  const errors = printed.search(/^\s*ERROR: /m);
  return errors < 0 ? said : printed.slice(errors).replaceAll(/^ {4}/gm, '').trim();
}

function isOfPackage(said: string): boolean {
  return /gcs:\/\/|working_dir|_ray_pkg_/.test(said) && !/\bpip\b/i.test(said);
}

function lossIn(said: string): ExecutionFailure {
  if (/out[ _]of[ _]memory|memory monitor|low on memory|\bOOM\b/i.test(said)) return 'out_of_memory';
  if (/preempt|being drained|was drained/i.test(said)) return 'preempted';
  return 'machine_lost';
}

function failed(reason: ExecutionFailure, message: string): Extract<ExecutionEnd, { how: 'failed' }> {
  const told = message.length > 2000 ? `${message.slice(0, 600)} … ${message.slice(-1300)}` : message;
  return { how: 'failed', reason, message: told, exitCode: null };
}

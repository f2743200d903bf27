import { Instant } from '../../../core/names.ts';
import type { ExecutionId, ExecutionUsage, Observation } from '../../../core/training/execution.ts';
import { type ComputeEngine, PortError, type Submission } from '../../../flows/ports.ts';
import { ActorsAnswer, ActorTimes, Anything, JobAnswer, NodesAnswer, type RayNode } from './answers.ts';
import { RayClient, refusal } from './client.ts';
import { endOf } from './end.ts';
import { jobRequest, lacking, marks, reservation, reservedIn, words } from './job.ts';
import { readLog } from './log.ts';
import type { RayCredentials, RayOptions } from './options.ts';
import { readHarness, workingDirectory } from './package.ts';

/** Training as a Ray job, by the Jobs REST API; the execution's id is the job's submission id (docs/engines.md). */
export function rayEngine(options: RayOptions, { token }: RayCredentials): ComputeEngine {
  return new RayEngine(options, new RayClient(options.address, token));
}

class RayEngine implements ComputeEngine {
  readonly #options: RayOptions;
  readonly #client: RayClient;

  constructor(options: RayOptions, client: RayClient) {
    this.#options = options;
    this.#client = client;
  }

  async submit(submission: Submission): Promise<void> {
    if (await this.#isThere(submission)) return;
    const reserved = reservation(submission, this.#options);
    if (this.#options.machines === 'fixed') {
      const lack = lacking(reserved, await this.#nodes());
      if (lack !== null) throw new PortError('malformed', `${lack}: ask for less, or add such a machine`);
    }
    const directory = await workingDirectory(submission, await readHarness());
    const body = jobRequest(submission, reserved, directory);
    await this.#upload(directory);
    const call = { method: 'POST', path: '/api/jobs/', body } as const;
    const answer = await this.#client.call(call);
    if (answer.status === 200) return;
    // Somebody was faster: what is there now must be the same.
    if (answer.body.includes('already exists') && (await this.#isThere(submission))) return;
    throw refusal(call, answer);
  }

  async observe(execution: ExecutionId): Promise<Observation> {
    const job = await this.#job(execution);
    if (job === null) return { state: 'absent' };
    if (job.status === 'PENDING') return this.#waiting(job);
    const since = await this.#since(execution);
    // Ray knows how busy its GPUs are by machine only, not by job.
    if (job.status === 'RUNNING') return { state: 'running', startedAt: instant(since), gpuUse: null };
    const lack = job.error_type?.startsWith('JOB_SUPERVISOR_ACTOR_') === true ? await this.#lack(job) : null;
    return { state: 'ended', end: endOf(job, lack), ...held(job, since) };
  }

  async log(execution: ExecutionId, from: string | null, bytes: number) {
    const job = await this.#job(execution);
    return readLog(this.#client, execution, job?.driver_node_id ?? null, from, bytes);
  }

  async cancel(execution: ExecutionId): Promise<'gone' | 'stopping'> {
    const job = await this.#job(execution);
    if (job === null) return 'gone';
    if (job.status === 'PENDING' || job.status === 'RUNNING') {
      await this.#client.json({ method: 'POST', path: `${pathOf(execution)}/stop` }, Anything);
      return 'stopping';
    }
    // The job's word comes before its processes are confirmed gone, and a detached actor of its command outlives it.
    const supervisor = await this.#actors({ name: supervisorOf(execution) });
    const own = job.job_id === null ? [] : await this.#actors({ job_id: job.job_id });
    return [...supervisor, ...own].some(({ state }) => state !== 'DEAD') ? 'stopping' : 'gone';
  }

  async forget(execution: ExecutionId): Promise<void> {
    const job = await this.#job(execution);
    if (job === null) return;
    if (job.status === 'PENDING' || job.status === 'RUNNING')
      throw new PortError('conflict', `${execution} has not ended: cancel it first`);
    await this.#client.json({ method: 'DELETE', path: pathOf(execution) }, Anything);
  }

  async #isThere(submission: Submission): Promise<boolean> {
    const job = await this.#job(submission.execution);
    if (job === null) return false;
    const ours = marks(submission);
    const differs = ['trainyard_run', 'trainyard_attempt', 'trainyard_repository'].find(
      (mark) => job.metadata?.[mark] !== ours[mark],
    );
    if (differs === undefined) return true;
    throw new PortError('exists_otherwise', `${submission.execution} is another job on Ray: its ${differs} differs`);
  }

  #job(execution: ExecutionId): Promise<JobAnswer | null> {
    return this.#client.json({ method: 'GET', path: pathOf(execution) }, JobAnswer);
  }

  async #upload({ uri, size, content }: Awaited<ReturnType<typeof workingDirectory>>): Promise<void> {
    const path = `/api/packages/gcs/${uri.slice('gcs://'.length)}`;
    // Asking keeps Ray from collecting the package until the job refers to it.
    const there = await this.#client.call({ method: 'GET', path });
    if (there.status === 200) return;
    if (there.status !== 404) throw refusal({ method: 'GET', path }, there);
    const call = { method: 'PUT', path, upload: { size, content } } as const;
    const answer = await this.#client.call(call);
    if (answer.status !== 200) throw refusal(call, answer);
  }

  async #waiting(job: JobAnswer): Promise<Observation> {
    const lack = await this.#lack(job);
    const asked = reservedIn(job);
    const why = lack ?? `waits for ${words(asked.resources)} to be free, or for its packages to be installed`;
    return { state: 'waiting', since: instant(job.start_time), why: why.slice(0, 500) };
  }

  async #lack(job: JobAnswer): Promise<string | null> {
    return lacking(reservedIn(job), await this.#nodes());
  }

  async #nodes(): Promise<readonly RayNode[]> {
    const path = '/api/v0/nodes?detail=1&limit=10000';
    return (await this.#client.json({ method: 'GET', path }, NodesAnswer))?.data.result.result ?? [];
  }

  async #actors(filter: { readonly name: string } | { readonly job_id: string }) {
    const query = new URLSearchParams({ limit: '1000' });
    for (const [key, value] of Object.entries(filter)) {
      query.append('filter_keys', key);
      query.append('filter_predicates', '=');
      query.append('filter_values', value);
    }
    const answer = await this.#client.json({ method: 'GET', path: `/api/v0/actors?${query}` }, ActorsAnswer);
    return answer?.data.result.result ?? [];
  }

  /** When the job had its machine, milliseconds since the epoch; null where Ray does not know it, or no longer. */
  async #since(execution: ExecutionId): Promise<number | null> {
    const actor = (await this.#actors({ name: supervisorOf(execution) })).at(-1);
    if (actor === undefined) return null;
    const detail = await this.#client.json(
      { method: 'GET', path: `/logical/actors?ids=${actor.actor_id}` },
      ActorTimes,
    );
    return detail?.data.actors[actor.actor_id]?.startTime ?? null;
  }
}

/** All clocks are the cluster's, and two of its machines may differ: nothing ends before it began. */
function held(
  job: JobAnswer,
  since: number | null,
): Pick<Extract<Observation, { state: 'ended' }>, 'startedAt' | 'endedAt' | 'usage'> {
  const end = job.end_time === null ? null : Math.max(job.end_time, since ?? 0);
  return { startedAt: instant(since), endedAt: instant(end), usage: usageOf(job, since, end) };
}

function usageOf(job: JobAnswer, since: number | null, end: number | null): ExecutionUsage | null {
  if (since === null || end === null) return null;
  // People may write over what they like: what is no number is taken for none.
  const held = (name: string, least: number): number => {
    const value = Number(job.metadata?.[name] ?? least);
    return Number.isSafeInteger(value) && value >= least ? value : least;
  };
  return { seconds: (end - since) / 1000, gpus: held('trainyard_gpus', 0), machines: held('trainyard_machines', 1) };
}

function instant(milliseconds: number | null): Instant | null {
  return milliseconds === null ? null : Instant.parse(new Date(milliseconds).toISOString());
}

function pathOf(execution: ExecutionId): string {
  return `/api/jobs/${encodeURIComponent(execution)}`;
}

/** The name of the actor that runs a job's command. */
function supervisorOf(execution: ExecutionId): string {
  return `_ray_internal_job_actor_${execution}`;
}

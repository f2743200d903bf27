import { RUNNER_LIMITS } from './limits.ts';
import { type RunnerName, readRunnerName } from './names.ts';
import type { JobSeen, Lost, MachineSeen, Registered, RunnerMemory, Situation } from './situation.ts';

/** A runner at GitHub and the machine of the same name; one of them may be missing. */
export interface Place {
  readonly name: RunnerName;
  readonly generation: number;
  readonly registered: Registered | null;
  readonly machine: MachineSeen | null;
}

/** Newest first. */
export function placesOf({ registered, machines }: Pick<Situation, 'registered' | 'machines'>): readonly Place[] {
  const names = new Set([...registered.map(({ name }) => name), ...machines.map(({ name }) => name)]);
  return [...names]
    .map((name) => ({
      name,
      generation: readRunnerName(name)?.generation ?? 0,
      registered: registered.find((one) => one.name === name) ?? null,
      machine: machines.find((one) => one.name === name) ?? null,
    }))
    .sort((a, b) => b.generation - a.generation);
}

export type Verdict =
  /** It runs a job. Never touched, whatever the job is. */
  | { readonly kind: 'running' }
  /** It may take the job that waits. */
  | { readonly kind: 'coming'; readonly online: boolean }
  | { readonly kind: 'remove'; readonly why: Lost | 'not_needed'; readonly detail: string | null };

type Since = RunnerMemory['since'][string];

/** What becomes of one runner. `since` is what must be remembered of it. */
export function judgePlace(
  { now, job, memory }: Situation,
  place: Place,
): { readonly verdict: Verdict; readonly since: Since | null } {
  const { name, registered, machine } = place;
  const known = memory.since[name] ?? null;
  const lasting = (what: Since['what']): Since => (known?.what === what ? known : { what, at: now });
  const verdict = (given: Verdict, since: Since | null = null) => ({ verdict: given, since });
  if (machine === null) {
    // GitHub lets go of a runner whose machine is gone when its job has timed out; until then it can't be taken off.
    if (registered?.busy === true || runs(job, name)) return verdict({ kind: 'running' });
    return verdict(removed(job, 'half_made'));
  }
  if (machine.state === 'ended') return verdict(removed(job, 'machine_ended', machine.reason));
  if (runs(job, name)) return verdict({ kind: 'running' });
  if (registered?.busy === true) {
    if (job?.status !== 'queued') return verdict({ kind: 'running' });
    const since = lasting('taken');
    // For a while it may well be the run's own job that it is busy with.
    if (now - since.at < RUNNER_LIMITS.taken) return verdict({ kind: 'coming', online: true }, since);
    return verdict({ kind: 'running' }, since);
  }
  if (job?.status !== 'queued') return verdict({ kind: 'remove', why: 'not_needed', detail: null });
  const age = now - machine.createdAt;
  if (registered === null)
    return verdict(age < RUNNER_LIMITS.visible ? { kind: 'coming', online: false } : removed(job, 'lost_job'));
  if (!registered.online)
    return verdict(
      age < RUNNER_LIMITS.boot ? { kind: 'coming', online: false } : removed(job, 'never_came', machine.reason),
    );
  const since = lasting('idle');
  if (now - since.at < RUNNER_LIMITS.pickUp) return verdict({ kind: 'coming', online: true }, since);
  return verdict(removed(job, 'not_taken'), since);
}

/** Whether the job runs on it, or may: where GitHub does not name the runner yet, it could be any. */
function runs(job: JobSeen | null, name: RunnerName): boolean {
  return job?.status === 'in_progress' && (job.runner === null || job.runner === name);
}

/** A loss only where a job waits; what nobody waits for is tidied up. */
function removed(job: JobSeen | null, why: Lost, detail: string | null = null): Verdict {
  const waited = job?.status === 'queued' || (why === 'machine_ended' && job?.status === 'in_progress');
  return waited ? { kind: 'remove', why, detail } : { kind: 'remove', why: 'not_needed', detail: null };
}

import type { PolicyConfig } from '../config/schema.ts';
import { valueAt } from '../records.ts';

export type RunnerChoice =
  /** `null`: policy names none, and the team's workflow says where training runs. */
  | { readonly ok: true; readonly labels: readonly string[] | null }
  | { readonly ok: false; readonly reason: 'gpu_not_allowed' | 'fork_denied'; readonly message: string };

/**
 * The labels of the runner that trains, from policy alone. A fork trains on `policy.runners.fork` and on nothing else,
 * whatever GPU is asked for, so that its code never shares a machine with the team's.
 *
 * @param gpu type that is asked for, by the command or the config; null for none
 */
export function runnerFor(
  policy: PolicyConfig,
  { fork, gpu }: { readonly fork: boolean; readonly gpu: string | null },
): RunnerChoice {
  if (gpu !== null && !policy.gpus.includes(gpu)) {
    const allowed = policy.gpus.length === 0 ? 'none' : policy.gpus.join(', ');
    const message = `expected a GPU type that policy.gpus names (${allowed}), got ${JSON.stringify(gpu)}`;
    return { ok: false, reason: 'gpu_not_allowed', message };
  }
  if (fork) {
    const labels = policy.runners.fork;
    const message = 'policy names no runner for forks (policy.runners.fork), and they train on no other';
    return labels === undefined ? { ok: false, reason: 'fork_denied', message } : { ok: true, labels };
  }
  const labels = gpu === null ? undefined : valueAt(policy.runners.gpus, gpu);
  return { ok: true, labels: labels ?? policy.runners.default ?? null };
}

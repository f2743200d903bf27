import type { PolicyConfig } from '../config/policy.ts';
import { valueAt } from '../records.ts';
import type { ProviderName } from '../runners/names.ts';

export type RunnerChoice =
  /**
   * `labels` null: policy names none, and the team's workflow says where training runs. Or, with a `provider`, a runner is
   * made for each run, and its labels are the run's own (core/runners/names.ts).
   */
  | { readonly ok: true; readonly labels: readonly string[] | null; readonly provider: ProviderName | null }
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
    const chosen = policy.runners.fork;
    const message = 'policy names no runner for forks (policy.runners.fork), and they train on no other';
    return chosen === undefined ? { ok: false, reason: 'fork_denied', message } : choice(chosen);
  }
  const chosen = gpu === null ? undefined : valueAt(policy.runners.gpus, gpu);
  return choice(chosen ?? policy.runners.default ?? null);
}

function choice(chosen: PolicyConfig['runners']['default'] | null): RunnerChoice {
  if (chosen === null || chosen === undefined) return { ok: true, labels: null, provider: null };
  return 'provider' in chosen
    ? { ok: true, labels: null, provider: chosen.provider }
    : { ok: true, labels: chosen, provider: null };
}

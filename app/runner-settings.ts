import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { KubernetesRunnerOptions } from '../adapters/runners/kubernetes/options.ts';
import type { RunnerSettings } from '../adapters/runners/registry.ts';
import { COMPUTE_SETTINGS } from './compute-settings.ts';

/** What makes runners for single jobs (docs/runners.md). Each is optional, and policy chooses among what is set. */
export const RUNNER_SETTINGS = {
  TRAINYARD_RUNNERS_LOCAL: z.string('the folder of a runner, which holds run.sh').optional(),
  TRAINYARD_RUNNERS_KUBERNETES: z.string('the path of a file of options for pods').optional(),
} as const;

/** The cluster is the one of the engines. */
const Settings = z.object({ ...COMPUTE_SETTINGS, ...RUNNER_SETTINGS });

/** @param problems gets a line for each that is wrong */
export function runnerSettings(settings: z.infer<typeof Settings>, problems: string[]): RunnerSettings {
  const { TRAINYARD_RUNNERS_LOCAL: local = null, TRAINYARD_RUNNERS_KUBERNETES: path } = settings;
  const { TRAINYARD_KUBECONFIG: kubeconfig, TRAINYARD_KUBE_CONTEXT: context = null } = settings;
  if (path === undefined) return { local, kubernetes: null };
  const options = readOptions(path, problems);
  if (kubeconfig === undefined)
    problems.push(
      'TRAINYARD_KUBECONFIG: expected the path of a kubeconfig, or in-cluster, beside TRAINYARD_RUNNERS_KUBERNETES; found nothing',
    );
  if (options === null || kubeconfig === undefined) return { local, kubernetes: null };
  const credentials = { kubeconfig: kubeconfig === 'in-cluster' ? null : kubeconfig, context };
  return { local, kubernetes: { options, credentials } };
}

function readOptions(path: string, problems: string[]): KubernetesRunnerOptions | null {
  const problem = (what: string): null => {
    problems.push(`TRAINYARD_RUNNERS_KUBERNETES: ${what} at ${path} (docs/runners.md)`);
    return null;
  };
  let given: unknown;
  try {
    given = parse(readFileSync(path, 'utf8'));
  } catch {
    return problem('expected a readable file in YAML, found none');
  }
  const parsed = KubernetesRunnerOptions.safeParse(given);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  return problem(`${first?.path.join('.') || 'the file'}: ${first?.message ?? 'not as expected'}`);
}

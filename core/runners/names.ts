import { z } from 'zod';
import { RunId } from '../names.ts';

/** What can create a machine for one job (adapters/runners: one folder each). */
export const ProviderName = z.enum(['kubernetes', 'local']);
export type ProviderName = z.infer<typeof ProviderName>;

/** What every label and name of ours begins with, and no label of a team's. */
export const RUNNER_PREFIX = 'trainyard-';

const RUN = '[0-7][0-9a-hjkmnp-tv-z]{25}';

/** A runner at GitHub and its machine at the provider have one name: of the run, and which one of its runners it is. */
export const RunnerName = z
  .string()
  .regex(new RegExp(`^${RUNNER_PREFIX}${RUN}-[1-9][0-9]{0,3}$`), 'the name of a runner of ours')
  .brand<'RunnerName'>();
export type RunnerName = z.infer<typeof RunnerName>;

/** @param generation counts from 1 */
export function runnerName(run: RunId, generation: number): RunnerName {
  return RunnerName.parse(`${runLabel(run)}-${generation}`);
}

/** Null for a name that is none of ours. */
export function readRunnerName(name: string): { readonly run: RunId; readonly generation: number } | null {
  const parsed = RunnerName.safeParse(name);
  if (!parsed.success) return null;
  const [run = '', generation = ''] = parsed.data.slice(RUNNER_PREFIX.length).split('-');
  return { run: RunId.parse(run.toUpperCase()), generation: Number(generation) };
}

/** The label that no other job has: equal labels would let one run's job take another's runner. */
export function runLabel(run: RunId): string {
  return `${RUNNER_PREFIX}${run.toLowerCase()}`;
}

/** The run whose job asks for these labels; null where they are none of ours. */
export function runOfLabels(labels: readonly string[]): RunId | null {
  for (const label of labels) {
    const found = new RegExp(`^${RUNNER_PREFIX}(${RUN})$`, 'i').exec(label)?.[1];
    if (found !== undefined) return RunId.parse(found.toUpperCase());
  }
  return null;
}

/** What the run's job asks for, and what its runner has: GitHub gives a job to a runner that has all of its labels. */
export function ephemeralLabels(provider: ProviderName, run: RunId): readonly string[] {
  return ['self-hosted', `${RUNNER_PREFIX}${provider}`, runLabel(run)];
}

/** The provider that a run's labels name; null where policy leaves the runner to the team. */
export function providerOf(run: RunId, labels: readonly string[] | null): ProviderName | null {
  const [, second = ''] = labels ?? [];
  const provider = ProviderName.safeParse(second.slice(RUNNER_PREFIX.length));
  if (!provider.success) return null;
  return ephemeralLabels(provider.data, run).join() === labels?.join() ? provider.data : null;
}

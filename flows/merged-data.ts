import type { ValidationOrder, ValidationResult } from '../core/data/result.ts';
import { changesPolicy } from '../core/policy/changes.ts';
import { type Assessment, assess } from './assessment.ts';
import type { PushEvent } from './merge.ts';
import type { Ports } from './ports.ts';
import { takePolicySnapshot, takeSnapshot } from './snapshot.ts';
import { validationOrder } from './validation.ts';

/**
 * The data that a push to the default branch brings, to be checked by jobs of its own workflow run. Without an App
 * nobody keeps what was found in the pull request's data where people can't write, so the merge asks anew.
 */
export async function mergedDataOrders(
  ports: Pick<Ports, 'source'>,
  { branch, before, after }: Pick<PushEvent, 'branch' | 'before' | 'after'>,
): Promise<readonly ValidationOrder[]> {
  const { defaultBranch } = await ports.source.repository();
  if (branch !== defaultBranch || /^0+$/.test(before) || /^0+$/.test(after)) return [];
  const policy = await takePolicySnapshot(ports, before);
  const assessment = assess(policy, policy, await takeSnapshot(ports, after));
  // Where nothing can be promoted, nobody asks whether data has passed.
  if (changesPolicy(assessment.policyChanges) || assessment.models.every((model) => !model.affected)) return [];
  return assessment.datasets.map((dataset) => validationOrder(assessment, dataset));
}

/** Changed data that those jobs have not passed. What nobody handed over has not been checked. */
export function unpassedMerge(
  { datasets }: Pick<Assessment, 'datasets'>,
  { after, data = [] }: Pick<PushEvent, 'after' | 'data'>,
): { readonly dataset: string; readonly status: Exclude<ValidationResult['status'], 'passed'> }[] {
  return datasets.flatMap(({ name }) => {
    const found = data.filter(({ dataset, commit }) => dataset === name && commit === after);
    const status = found.length === 1 ? found[0]?.status : undefined;
    return status === 'passed' ? [] : [{ dataset: name, status: status ?? 'not_checked' }];
  });
}

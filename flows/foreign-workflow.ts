import type { Ports, WorkflowRun } from './ports.ts';
import type { PolicySnapshot } from './snapshot.ts';

/**
 * Why a workflow run's word counts for nothing, or null. Where the execution branch is not protected, anybody with write
 * access can put a workflow of their own on it: only what ran the default branch's files has done what it says.
 */
export async function foreignWorkflow(
  ports: Pick<Ports, 'source'>,
  policy: PolicySnapshot,
  workflow: WorkflowRun,
): Promise<string | null> {
  const base = await ports.source.mergeBase(policy.commit, workflow.headSha);
  if (base === workflow.headSha) return null;
  return `workflow run ${workflow.id} ran the workflow files of ${workflow.headSha.slice(0, 12)}, which ${policy.branch} does not hold: protect the execution branch so that only the App moves it, then train again`;
}

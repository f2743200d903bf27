import type { Repository } from '../repositories/repository.ts';
import { WorkflowError } from '../workflows/errors.ts';
import type { ActionsState } from './state.ts';
import type { WorkflowRow } from './tables.ts';
import type { WorkflowCache } from './workflow-cache.ts';

/** The row of a workflow file, written on first sight. */
export function registerWorkflow(state: ActionsState, repository: Repository, path: string, name: string): WorkflowRow {
  const { tables, github } = state;
  const known = tables.workflows.find({ repositoryId: repository.id, path });
  const at = github.timestamp();
  if (known === undefined)
    return tables.workflows.insert({ repositoryId: repository.id, path, name, createdAt: at, updatedAt: at });
  return known.name === name ? known : tables.workflows.update(known.id, { name, updatedAt: at });
}

/** The workflows of the default branch, registered. Others are known only once they have run. */
export async function currentWorkflows(
  state: ActionsState,
  cache: WorkflowCache,
  repository: Repository,
): Promise<WorkflowRow[]> {
  const head = await state.github.git(repository).ref(`refs/heads/${repository.defaultBranch}`);
  if (head !== undefined) {
    for (const { path, workflow } of await cache.at(repository, head)) {
      registerWorkflow(state, repository, path, workflow instanceof WorkflowError ? path : workflow.name);
    }
  }
  return state.tables.workflows.list({ repositoryId: repository.id });
}

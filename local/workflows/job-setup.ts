import { WorkflowError } from './errors.ts';
import type { Commit } from './host.ts';
import type { JobRuntime } from './job-runtime.ts';
import type { Step } from './workflow.ts';

const MAX_ACTIONS = 100;

/**
 * Finds every action that the steps will use, also inside composite ones, before the first step runs: a missing one
 * fails the job at its start, as on GitHub. `./` actions come from the checkout and can't be known yet.
 */
export async function prepareActions(runtime: JobRuntime, steps: readonly Step[], commit: Commit): Promise<void> {
  const seen = new Set<string>();
  const visit = async (list: readonly Step[], from: Commit): Promise<void> => {
    for (const step of list) {
      if (step.kind === 'run' || step.uses.startsWith('./')) continue;
      const key = `${from.repository}@${from.sha} ${step.uses}`;
      if (seen.has(key)) continue;
      seen.add(key);
      if (seen.size > MAX_ACTIONS)
        throw new WorkflowError('limit_exceeded', `expected at most ${MAX_ACTIONS} actions in a job`);
      const action = await runtime.actions.resolve(step.uses, from);
      if (action.kind === 'stand-in') {
        runtime.log.line(`Using the local stand-in for ${step.uses}`);
        continue;
      }
      runtime.log.line(`Prepared action ${action.label} (${action.commit.sha})`);
      if (action.metadata.kind === 'composite') await visit(action.metadata.steps, action.commit);
    }
  };
  await visit(steps, commit);
}

import type { GitId } from '../../core/names.ts';
import { type Engine, PortError, type Workflows } from '../../flows/ports.ts';
import { runnerEngine } from '../engines/runner/engine.ts';

/** The workflow run that this job is part of, and that all later jobs will be part of. */
export interface ThisRun {
  readonly id: number;
  readonly url: string;
}

/** What a flow would have dispatched, and a later job of this run does instead. */
export interface Order {
  readonly workflow: string;
  readonly inputs: Readonly<Record<string, string>>;
}

/**
 * Workflows where nothing is dispatched (DESIGN section 6): an order is handed to `take`, and counts as this very run.
 * @param head the default branch's, which stands for the execution branch's
 */
export function sameRunWorkflows(
  workflows: Workflows,
  run: ThisRun,
  head: () => Promise<GitId>,
  take: (order: Order) => void,
): Workflows {
  return {
    ...workflows,
    syncExecutionRef: head,
    async dispatch(workflow, inputs) {
      take({ workflow, inputs });
      return run;
    },
  };
}

/** Training by later jobs of this run. Artifacts of a run have their names once, so it trains one. */
export function sameRunEngine(workflows: Workflows, run: ThisRun): Engine {
  const { cancel } = runnerEngine({ workflows, ingest: async () => null });
  let taken: string | null = null;
  return {
    async submit(record) {
      if (taken !== null && taken !== record.run)
        throw new PortError(
          'forbidden',
          `without the App one comment trains one model, and this one trains run ${taken}; give ${record.model} a comment of its own`,
        );
      taken = record.run;
      return { workflowRun: run.id };
    },
    cancel,
  };
}

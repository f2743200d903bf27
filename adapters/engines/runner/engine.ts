import type { RunRecord } from '../../../core/ledger/run.ts';
import type { Engine, Workflows } from '../../../flows/ports.ts';

export const TRAIN_WORKFLOW = 'trainyard-train.yml';

/** Where a run may post its live step metrics, with a token for that run alone. */
export interface IngestAddress {
  readonly url: string;
  readonly token: string;
}

export interface RunnerOptions {
  readonly workflows: Workflows;
  /** Null: live metrics are not shown. */
  readonly ingest: (record: RunRecord) => Promise<IngestAddress | null>;
}

/** Training as a workflow job. The run id in the workflow's run-name is the mark that makes a second submit find the first. */
export function runnerEngine({ workflows, ingest }: RunnerOptions): Engine {
  return {
    furtherAttempts: true,
    async submit(record) {
      const address = await ingest(record);
      const inputs = {
        run_id: record.run,
        commit: record.commit,
        ingest_url: address?.url ?? '',
        ingest_token: address?.token ?? '',
      };
      const { state } = record;
      const lost = state.state === 'accepted' ? state.lost?.workflowRun : undefined;
      const { id } = await workflows.dispatch(TRAIN_WORKFLOW, inputs, `train ${record.run}`, undefined, lost);
      return { workflowRun: id };
    },
    async cancel(workflowRun) {
      const before = await workflows.run(workflowRun);
      if (before === null || before.status === 'completed') return 'gone';
      await workflows.cancel(workflowRun);
      const after = await workflows.run(workflowRun);
      return after === null || after.status === 'completed' ? 'gone' : 'stopping';
    },
  };
}

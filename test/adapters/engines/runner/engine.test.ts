import { describe, expect, test } from 'vitest';
import { runnerEngine } from '../../../../adapters/engines/runner/engine.ts';
import type { RunRecord } from '../../../../core/ledger/run.ts';
import type { WorkflowRun, Workflows } from '../../../../flows/ports.ts';

const RUN = '01JD0000000000000000000000';
const COMMIT = 'c'.repeat(40);
// The engine reads these fields of the record.
const record = { run: RUN, commit: COMMIT, state: { state: 'accepted' } } as RunRecord;

/** Workflows of which run 7 goes through these statuses, one a look; `null` is a run that is not there. */
function workflowsWith(statuses: readonly (WorkflowRun['status'] | null)[]) {
  const left = [...statuses];
  const seen: unknown[] = [];
  const workflows: Pick<Workflows, 'dispatch' | 'run' | 'cancel'> = {
    dispatch: async (...asked) => {
      seen.push(asked);
      return { id: 7, url: '' };
    },
    run: async (id) => {
      const status = left.shift() ?? null;
      return status === null ? null : ({ id, status } as WorkflowRun);
    },
    cancel: async (id) => void seen.push(['cancel', id]),
  };
  return { seen, engine: runnerEngine({ workflows: workflows as Workflows, ingest: async () => null }) };
}

describe('the runner engine', () => {
  test('dispatches the train workflow with the run, its commit and its mark', async () => {
    const { seen, engine } = workflowsWith([]);
    expect(await engine.submit(record)).toEqual({ workflowRun: 7 });
    const inputs = { run_id: RUN, commit: COMMIT, ingest_url: '', ingest_token: '' };
    expect(seen).toEqual([['trainyard-train.yml', inputs, `train ${RUN}`, undefined, undefined]]);
  });

  test('dispatches a further attempt after the workflow run that was lost', async () => {
    const { seen, engine } = workflowsWith([]);
    const lost = { workflowRun: 6, attempt: 1, checkpoint: null };
    await engine.submit({ ...record, state: { state: 'accepted', lost } });
    expect(seen).toEqual([['trainyard-train.yml', expect.anything(), `train ${RUN}`, undefined, 6]]);
  });

  test.each([
    ['ended before', ['completed'], 'gone', []],
    ['is not there', [null], 'gone', []],
    ['ends at once', ['queued', 'completed'], 'gone', [['cancel', 7]]],
    ['goes on for now', ['in_progress', 'in_progress'], 'stopping', [['cancel', 7]]],
  ] as const)('reports a cancelled run that %s', async (_what, statuses, answer, asked) => {
    const { seen, engine } = workflowsWith(statuses);
    expect(await engine.cancel(7)).toBe(answer);
    expect(seen).toEqual(asked);
  });
});

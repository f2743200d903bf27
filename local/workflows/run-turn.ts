import { evaluateCondition, interpolate, interpolateText } from './expression.ts';
import type { ConcurrencyTurn } from './host.ts';
import type { Contexts, WorkflowRequest } from './run-request.ts';
import { isTruthy } from './values.ts';
import type { Concurrency, Job } from './workflow.ts';

/** Whether a job still wants to run once its run was cancelled: `always()` and `cancelled()` do. */
export function runsAfterCancel(request: WorkflowRequest, job: Job, contexts: Contexts): boolean {
  const status = { success: false, failure: false, cancelled: true, always: true };
  const { github, inputs, vars, needs } = contexts;
  const visible = { github: github ?? null, inputs: inputs ?? null, vars: vars ?? null, needs: needs ?? null };
  return (
    !request.cancellation.forced.aborted &&
    request.cancellation.reason !== 'fail-fast' &&
    evaluateCondition(job.if, { contexts: visible, status })
  );
}

/** Waits for the turn in a concurrency group, if there is one. */
export async function takeTurn(
  request: WorkflowRequest,
  concurrency: Concurrency | undefined,
  contexts: Contexts,
): Promise<ConcurrencyTurn> {
  if (concurrency === undefined) return { granted: true, release: () => undefined };
  const { cancellation } = request;
  return request.host.turn({
    group: interpolateText(concurrency.group, { contexts }),
    cancelInProgress: isTruthy(interpolate(concurrency.cancelInProgress, { contexts })),
    queue: concurrency.queue,
    signal: cancellation.signal,
    cancel: (reason) => cancellation.cancel(reason),
  });
}

import { z } from 'zod';
import { runOfLabels } from '../../core/runners/names.ts';
import type { Converter } from './delivery.ts';

const Payload = z.object({ workflow_job: z.object({ labels: z.array(z.string()) }) });

/** A job waits, has begun or has ended. Only the run that its labels name is taken on: all else the flow asks GitHub. */
export const workflowJob: Converter = ({ payload }) => {
  const run = runOfLabels(Payload.parse(payload).workflow_job.labels);
  return run === null ? null : { event: { kind: 'runner_job', run }, lane: { kind: 'run', title: run } };
};

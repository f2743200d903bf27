import { z } from 'zod';
import type { Converter } from './delivery.ts';

const Payload = z.object({
  action: z.string(),
  workflow_run: z.object({ id: z.int().positive(), event: z.string(), display_title: z.string() }),
});

/** A dispatched workflow run ended. Only its id is taken on: what it is, the flow asks GitHub. */
export const workflowRun: Converter = ({ payload }) => {
  const { action, workflow_run: run } = Payload.parse(payload);
  if (action !== 'completed' || run.event !== 'workflow_dispatch') return null;
  return {
    event: { kind: 'workflow_completed', workflowRun: run.id },
    lane: { kind: 'run', title: run.display_title },
  };
};

import { z } from 'zod';
import { RepositoryName } from '../../core/names.ts';
import { FlowEvent } from '../../flows/events.ts';

/** What is stored of a delivery, a timer or a call: enough to handle it after a restart. */
export const Arrival = z.strictObject({
  repository: RepositoryName,
  installation: z.int().positive(),
  event: FlowEvent,
});
export type Arrival = z.infer<typeof Arrival>;

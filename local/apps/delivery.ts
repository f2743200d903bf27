import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { openTable } from '../database.ts';

/** One attempt to deliver a webhook. A redelivery is a row of its own with the same `guid`. */
export const Delivery = z.object({
  id: z.number(),
  guid: z.string(),
  appId: z.number(),
  installationId: z.number().nullable(),
  repositoryId: z.number().nullable(),
  event: z.string(),
  action: z.string().nullable(),
  redelivery: z.boolean(),
  deliveredAt: z.string(),
  /** Seconds. */
  duration: z.number(),
  /** `pending` until the receiver has answered or the time is up. */
  status: z.string(),
  /** The receiver's HTTP status; 0 while pending, 502 without an answer. */
  statusCode: z.number(),
  /** The exact bytes that were signed and sent. */
  payload: z.string(),
  requestHeaders: z.record(z.string(), z.string()),
  responseHeaders: z.record(z.string(), z.string()),
  responseBody: z.string(),
});
export type Delivery = z.infer<typeof Delivery>;

export const openDeliveries = (db: DatabaseSync) =>
  openTable(db, 'deliveries', Delivery, { firstId: 12_001, indexes: [['appId']] });

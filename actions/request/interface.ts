import { z } from 'zod';
import { GitId, RunId } from '../../core/names.ts';
import { json } from '../runtime/inputs.ts';

export const Inputs = z.strictObject({
  type: z
    .enum(['trainyard-train', 'trainyard-promote', 'trainyard-reconcile'])
    .transform(
      (type) =>
        (({ 'trainyard-train': 'train', 'trainyard-promote': 'promote', 'trainyard-reconcile': 'reconcile' }) as const)[
          type
        ],
    ),
  payload: json(
    z
      .record(z.string(), z.unknown())
      .nullable()
      .transform((payload) => payload ?? {}),
  ),
  sender: z.string().min(1).max(100),
  signingKey: z.string(),
  githubToken: z.string().min(1),
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({
  runId: z.union([z.literal(''), RunId]),
  commit: z.union([z.literal(''), GitId]),
});
export type Outputs = z.infer<typeof Outputs>;

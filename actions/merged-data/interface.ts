import { z } from 'zod';
import { GitId } from '../../core/names.ts';
import { Orders } from '../fetch-data/interface.ts';

export const Inputs = z.strictObject({
  branch: z.string().min(1).max(256),
  before: GitId,
  after: GitId,
  githubToken: z.string().min(1),
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({
  orders: Orders,
});
export type Outputs = z.infer<typeof Outputs>;

import { z } from 'zod';
import { GitId } from '../../core/names.ts';

/** Files of the artifact that `fetch-data` hands to `validate`. */
export const SOURCES_FILE = 'sources.json';
export const DATA_FILE = 'data';
export const HEAD_CONTRACT_FILE = 'head-contract.yaml';
export const BASE_CONTRACT_FILE = 'base-contract.yaml';

export const MAX_DATA = 4 * 2 ** 30;
export const MAX_CONTRACT = 1 << 20;

/** What was found where the order points: a blob, or why there is none. */
export const SourceFile = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('blob'), id: GitId, size: z.int().min(0) }),
  /** The commit has nothing at that path. */
  z.strictObject({ kind: z.literal('missing') }),
  /** There is something that can't be checked: a link, a folder, a Git LFS pointer, too many bytes. */
  z.strictObject({ kind: z.literal('unusable'), message: z.string().max(1000) }),
]);
export type SourceFile = z.infer<typeof SourceFile>;

export const Sources = z.strictObject({
  data: SourceFile,
  headContract: SourceFile,
  /** Null when the order names no base form: the contract is new. */
  baseContract: SourceFile.nullable(),
});
export type Sources = z.infer<typeof Sources>;

import { z } from 'zod';
import type { EvaluationOutcome } from '../evaluation/result.ts';
import { RunId, Sha256 } from '../names.ts';
import { machinesOf } from '../policy/machines.ts';
import { entriesOf, valueAt } from '../records.ts';
import { cutText } from '../reports/characters.ts';
import { environmentDifferences, type TrainEnvironment } from './environment.ts';
import type { TrainOrder } from './request.ts';

/** A file of a package. Paths were chosen by training. */
export const PackedFile = z.strictObject({ path: z.string().max(1024), sha256: Sha256 });
export type PackedFile = z.infer<typeof PackedFile>;

/** So many of a package's files are kept in a run's record. */
export const MAX_PACKED_FILES = 100;

/** Whether a run that was trained once more left the same bytes, and if not, what differs. */
export const Reproduction = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('equal'), of: RunId }),
  z.strictObject({ kind: z.literal('differs'), of: RunId, differences: z.array(z.string().max(500)).max(50) }),
  /** One of the two left nothing that could be compared. */
  z.strictObject({ kind: z.literal('unknown'), of: RunId, why: z.string().max(500) }),
]);
export type Reproduction = z.infer<typeof Reproduction>;

/** What two runs are compared by. */
export interface Reproducible {
  readonly order: Pick<TrainOrder, 'request' | 'runner'>;
  /** Of the deterministic archive: equal outputs have equal digests. */
  readonly package: { readonly sha256: Sha256 } | null;
  /** Null where they were not kept. */
  readonly files: readonly PackedFile[] | null;
  readonly evaluation: EvaluationOutcome;
  readonly environment?: TrainEnvironment | undefined;
}

/** More of a kind are counted. */
const MAX_NAMED = 10;

/** Compares a run with the one that it reproduces; null for one that is gone, or was never judged. */
export function reproductionOf(of: RunId, before: Reproducible | null, after: Reproducible): Reproduction {
  if (before === null) return { kind: 'unknown', of, why: `run ${of} has no judged outputs` };
  if (before.package === null) return { kind: 'unknown', of, why: `run ${of} left no package` };
  if (after.package === null) return { kind: 'unknown', of, why: 'this run left no package' };
  if (before.package.sha256 === after.package.sha256) return { kind: 'equal', of };
  const differences = [
    ...requestDifferences(before.order, after.order),
    ...(before.environment === undefined || after.environment === undefined
      ? []
      : environmentDifferences(before.environment, after.environment)),
    ...fileDifferences(before.files, after.files),
    ...metricDifferences(before.evaluation, after.evaluation),
  ];
  return { kind: 'differs', of, differences: differences.map((text) => cutText(text, 500)) };
}

/** What is not part of the request that was repeated, and often decides in which order numbers are added up. */
function requestDifferences(before: Reproducible['order'], after: Reproducible['order']): string[] {
  const compared: readonly (readonly [string, unknown, unknown])[] = [
    ['the engine', before.request.engine, after.request.engine],
    ['the type of GPU', before.request.resources.gpu, after.request.resources.gpu],
    ['the number of GPUs', before.request.resources.gpus, after.request.resources.gpus],
    ['the number of machines', machinesOf(before.request.resources), machinesOf(after.request.resources)],
    ['the image', before.request.image, after.request.image],
    ['the runner', before.runner, after.runner],
  ];
  return compared.flatMap(([what, was, is]) => {
    const [one, other] = [JSON.stringify(was ?? null), JSON.stringify(is ?? null)];
    return one === other ? [] : [`${what} was ${one} and is ${other}`];
  });
}

function fileDifferences(before: Reproducible['files'], after: Reproducible['files']): string[] {
  if (before === null || after === null) return [];
  const was = new Map(before.map(({ path, sha256 }) => [path, sha256]));
  const is = new Map(after.map(({ path, sha256 }) => [path, sha256]));
  const changed = [...is].flatMap(([path, sha256]) => {
    const other = was.get(path);
    if (other === undefined) return [`${path} is new`];
    return other === sha256 ? [] : [`${path} has other bytes`];
  });
  const lost = [...was.keys()].filter((path) => !is.has(path)).map((path) => `${path} is missing`);
  return counted([...changed, ...lost], 'files');
}

function metricDifferences(before: EvaluationOutcome, after: EvaluationOutcome): string[] {
  const was = before.status === 'evaluated' ? before.metrics : {};
  const is = after.status === 'evaluated' ? after.metrics : {};
  const differences = entriesOf(is).flatMap(([name, value]) => {
    const other = valueAt(was, name);
    return other === undefined || other === value ? [] : [`${name} was ${other} and is ${value}`];
  });
  return counted(differences, 'metrics');
}

function counted(differences: readonly string[], what: string): string[] {
  if (differences.length <= MAX_NAMED) return [...differences];
  return [...differences.slice(0, MAX_NAMED), `and ${differences.length - MAX_NAMED} more ${what}`];
}

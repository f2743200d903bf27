import { z } from 'zod';
import { Instant, RunId, Sha256 } from '../names.ts';
import { PackagePath } from '../packaging/manifest.ts';

/**
 * Checkpoints of a run on runners. Each save is one workflow artifact, so it is there as a whole or not at all: the
 * manifest, and the chunks that no save before it holds. A save names the saves whose chunks it goes on using.
 */
export const CHECKPOINT_FILE = 'checkpoint.json';
export const OBJECTS_FILE = 'objects.bin';

/** A file is kept in chunks of this many bytes, the last one shorter, each under its SHA-256. */
export const CHUNK_BYTES = 8 * 2 ** 20;
export const CHECKPOINT_LIMITS = {
  files: 5000,
  /** Of all files of one checkpoint together. */
  bytes: 4 * 2 ** 30,
  /** Saves whose chunks one checkpoint may use, itself included. */
  packs: 16,
  manifestBytes: 8 * 2 ** 20,
} as const;

/** A save by its artifact; runs and artifacts are numbers of GitHub's, `digest` is of the archive. */
export const CheckpointReference = z.strictObject({
  runId: z.int().positive(),
  id: z.int().positive(),
  digest: Sha256,
});
export type CheckpointReference = z.infer<typeof CheckpointReference>;

const Chunk = z.strictObject({ sha256: Sha256, size: z.int().min(1).max(CHUNK_BYTES) });
export type Chunk = z.infer<typeof Chunk>;

const CheckpointFile = z.strictObject({
  path: PackagePath,
  size: z.int().min(0),
  executable: z.boolean(),
  chunks: z.array(Sha256),
});
export type CheckpointFile = z.infer<typeof CheckpointFile>;

/** What one save holds. Code of a pull request shares its machine: for the same run's training again, and nothing else. */
export const CheckpointManifest = z
  .strictObject({
    version: z.literal(1),
    run: RunId,
    /** Names all that decides the result: a checkpoint is restored where this is equal. */
    fingerprint: Sha256,
    trust: z.enum(['member', 'fork']),
    /** Counts from 1. */
    attempt: z.int().min(1).max(1000),
    /** Counts the saves of an attempt; 0 is the one that it began with. */
    sequence: z.int().min(0).max(100_000),
    savedAt: Instant,
    /** The highest step among the live metrics until then; null where none had come. */
    step: z.int().min(0).nullable(),
    files: z.array(CheckpointFile).max(CHECKPOINT_LIMITS.files),
    /** The chunks in the save's own objects file, in their order there. */
    objects: z.array(Chunk),
    /** Earlier saves, in the same order as their objects are needed. */
    packs: z.array(CheckpointReference).max(CHECKPOINT_LIMITS.packs - 1),
  })
  .superRefine(({ files }, context) => {
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    if (bytes > CHECKPOINT_LIMITS.bytes) {
      context.addIssue({ code: 'custom', message: `at most ${CHECKPOINT_LIMITS.bytes} bytes, found ${bytes}` });
    }
    const wrong = files.find(({ size, chunks }) => chunks.length !== Math.ceil(size / CHUNK_BYTES));
    if (wrong !== undefined) {
      context.addIssue({ code: 'custom', message: `${wrong.path}: its size and its chunks do not fit` });
    }
    if (new Set(files.map(({ path }) => path)).size !== files.length) {
      context.addIssue({ code: 'custom', message: 'two files of one path' });
    }
  });
export type CheckpointManifest = z.infer<typeof CheckpointManifest>;

const PREFIX = 'trainyard';

/** The name of a save's artifact. @param prefix tells the jobs of one workflow run apart */
export function checkpointName(attempt: number, sequence: number, prefix = PREFIX): string {
  return `${prefix}-checkpoint-${attempt}-${String(sequence).padStart(6, '0')}`;
}

/** The last save among the artifacts of a workflow run; null where there is none. Names come from hostile code. */
export function lastCheckpoint<A extends { readonly name: string }>(
  artifacts: readonly A[],
  prefix = PREFIX,
): A | null {
  let last: { readonly artifact: A; readonly attempt: number; readonly sequence: number } | null = null;
  for (const artifact of artifacts) {
    if (!artifact.name.startsWith(`${prefix}-checkpoint-`)) continue;
    const [, attempt, sequence] = /^([1-9]\d{0,3})-(\d{6})$/.exec(artifact.name.slice(prefix.length + 12)) ?? [];
    if (attempt === undefined) continue;
    const at = { artifact, attempt: Number(attempt), sequence: Number(sequence) };
    if (last === null || at.attempt > last.attempt || (at.attempt === last.attempt && at.sequence > last.sequence)) {
      last = at;
    }
  }
  return last?.artifact ?? null;
}

/** Whether a save may be restored for a run, or why not. */
export function refuseCheckpoint(
  manifest: Pick<CheckpointManifest, 'run' | 'fingerprint' | 'trust'>,
  run: Pick<CheckpointManifest, 'run' | 'fingerprint' | 'trust'>,
): string | null {
  if (manifest.run !== run.run) return `it is of run ${manifest.run}`;
  if (manifest.fingerprint !== run.fingerprint)
    return 'its run had another fingerprint: code, data or parameters differ';
  if (manifest.trust !== run.trust) return `its run had the trust class ${manifest.trust}, this one has ${run.trust}`;
  return null;
}

import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CheckpointError } from '../../adapters/checkpoints/error.ts';
import { restoreFiles } from '../../adapters/checkpoints/restore.ts';
import {
  CheckpointSaver,
  type CheckpointStore,
  type Pack,
  type SaverOptions,
} from '../../adapters/checkpoints/saver.ts';
import { digestOf } from '../../core/canonical.ts';
import type { Sha256 } from '../../core/names.ts';
import {
  CHECKPOINT_FILE,
  CHECKPOINT_LIMITS,
  CheckpointManifest,
  type CheckpointReference,
  OBJECTS_FILE,
  refuseCheckpoint,
} from '../../core/training/checkpoint.ts';
import type { TrainOrder } from '../../core/training/request.ts';
import type { TrainNote, TrainStatus } from '../../core/training/status.ts';
import type { Artifacts, ForeignRun } from './artifacts.ts';

const LOOK_MS = 2000;
/** A job may have 500 artifacts (PLATFORM: storage). */
const SAVES = 400;

/** Where a run's checkpoints come from and go to. */
export interface CheckpointPlace {
  readonly artifacts: Artifacts;
  /** This workflow run. */
  readonly runId: number;
  readonly directory: string;
  /** A directory of the job's own. */
  readonly scratch: string;
}

export type CheckpointIdentity = Pick<CheckpointManifest, 'run' | 'fingerprint' | 'trust'>;

/** All that decides an ordered training's result. */
export function fingerprintOf({ source, request }: Pick<TrainOrder, 'source' | 'request'>): Sha256 {
  return digestOf({ source, request });
}

export interface Restored {
  readonly manifest: CheckpointManifest;
  readonly resumed: NonNullable<TrainStatus['resumed']>;
  /** The save and its chunks, where it is of this workflow run and holds all of them. */
  readonly pack: Pack | null;
}

/**
 * Writes a save's files into the empty checkpoint directory. Nothing of it is believed but by its digests, and nothing is
 * left there when this throws.
 * @param from another workflow run, and a token that may read it
 * @throws CheckpointError and ActionError
 */
export async function restoreCheckpoint(
  save: CheckpointReference & { readonly name: string },
  identity: CheckpointIdentity,
  { artifacts, directory, scratch, runId }: CheckpointPlace,
  from?: Pick<ForeignRun, 'token' | 'repository'>,
): Promise<Restored> {
  const fetched = async ({ runId: run, id, digest }: CheckpointReference) => {
    const landing = join(scratch, String(id));
    await mkdir(landing, { recursive: true });
    const expected = {
      [CHECKPOINT_FILE]: { maxBytes: CHECKPOINT_LIMITS.manifestBytes },
      [OBJECTS_FILE]: { maxBytes: CHECKPOINT_LIMITS.bytes },
    };
    await artifacts.download({ id, digest }, landing, expected, from && { ...from, runId: run });
    const manifest = CheckpointManifest.safeParse(JSON.parse(await readFile(join(landing, CHECKPOINT_FILE), 'utf8')));
    if (!manifest.success) {
      throw new CheckpointError('damaged', `its manifest is none: ${manifest.error.issues[0]?.message ?? ''}`);
    }
    const refusal = refuseCheckpoint(manifest.data, identity);
    if (refusal !== null) throw new CheckpointError('refused', refusal);
    return { manifest: manifest.data, file: join(landing, OBJECTS_FILE), objects: manifest.data.objects };
  };
  try {
    const own = await fetched(save);
    const { manifest } = own;
    // One at a time on the disk.
    async function* packs() {
      yield own;
      for (const pack of manifest.packs) {
        await rm(scratch, { recursive: true, force: true });
        yield await fetched(pack);
      }
    }
    const bytes = await restoreFiles(manifest, packs(), directory);
    const isWhole = manifest.packs.length === 0 && save.runId === runId;
    const { runId: run, id, digest } = save;
    const objects = new Set(manifest.objects.map(({ sha256 }) => sha256));
    return {
      manifest,
      resumed: { attempt: attemptAfter(manifest) - 1, step: manifest.step, bytes },
      pack: isWhole ? { name: save.name, reference: { runId: run, id, digest }, objects } : null,
    };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory);
    throw error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** A save with sequence 0 was fetched for the attempt that it names; any other is of the attempt before. */
export function attemptAfter({ attempt, sequence }: CheckpointManifest): number {
  return sequence === 0 ? attempt : attempt + 1;
}

export function artifactStore(artifacts: Artifacts, runId: number): CheckpointStore {
  return {
    put: async (name, directory, files) => ({ runId, ...(await artifacts.upload(name, directory, files)) }),
    drop: (name) => artifacts.remove(name),
  };
}

export interface KeptCheckpoints {
  /** @param save whether what is there now is to be saved, too. @returns what its author should know */
  stop(save: boolean): Promise<readonly TrainNote[]>;
}

/** Saves the checkpoint directory as it changes, at most once an interval. Nothing here fails training. */
export async function keepCheckpoints(options: SaverOptions, intervalSeconds: number): Promise<KeptCheckpoints> {
  const saver = await CheckpointSaver.over(options);
  let problem: string | null = null;
  let due = 0;
  const attempt = async (save: () => Promise<boolean>): Promise<void> => {
    const started = performance.now();
    try {
      if (!(await save())) return;
      problem = null;
    } catch (error) {
      // Written to just now: the next look finds it quiet, or the last one does.
      if (error instanceof CheckpointError && error.code === 'changed') return;
      problem = error instanceof Error ? error.message : String(error);
    }
    // Saving takes at most a tenth of the time, and no more artifacts than a job may have.
    const took = performance.now() - started;
    due = performance.now() + Math.max(intervalSeconds * 1000, 9 * took);
  };
  const stopping = new AbortController();
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await pause(LOOK_MS, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
      if (stopping.signal.aborted || performance.now() < due || saver.saves >= SAVES) continue;
      await attempt(() => saver.look());
    }
  })();
  return {
    async stop(save) {
      stopping.abort();
      await loop;
      if (save) await attempt(() => saver.last());
      return problem === null ? [] : [{ code: 'checkpoint_not_saved', message: problem.slice(0, 1000) }];
    },
  };
}

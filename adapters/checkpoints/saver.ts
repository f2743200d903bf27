import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Instant, type Sha256 } from '../../core/names.ts';
import {
  CHECKPOINT_FILE,
  CHECKPOINT_LIMITS,
  CheckpointManifest,
  type CheckpointReference,
  checkpointName,
  OBJECTS_FILE,
} from '../../core/training/checkpoint.ts';
import { CheckpointError } from './error.ts';
import { type ListedFile, listCheckpoint, markOf } from './listing.ts';
import { type ChunkMemory, type WrittenObjects, writeObjects } from './objects.ts';

/** Where saves are kept. */
export interface CheckpointStore {
  /** Keeps the files of a directory under a name, all or none of them. */
  put(name: string, directory: string, files: readonly string[]): Promise<CheckpointReference>;
  /** Takes a save away that no later one needs. */
  drop(name: string): Promise<void>;
}

/** An earlier save whose chunks can still be used. */
export interface Pack {
  readonly name: string;
  readonly reference: CheckpointReference;
  readonly objects: ReadonlySet<Sha256>;
}

export interface SaverOptions {
  readonly directory: string;
  /** For one save at a time, on the disk of the job. */
  readonly staging: string;
  readonly store: CheckpointStore;
  readonly identity: Pick<CheckpointManifest, 'run' | 'fingerprint' | 'trust' | 'attempt'>;
  /** Names of saves begin with it (core/training/checkpoint.ts). */
  readonly prefix?: string;
  /** What the directory was restored from. */
  readonly restored: Pack | null;
  readonly now: () => Date;
  /** The highest step that training has told of. */
  readonly step: () => number | null;
}

/** Saves a checkpoint directory, each time only what is new in it. Not to be called twice at once. */
export class CheckpointSaver {
  readonly #options: SaverOptions;
  readonly #memory: ChunkMemory = new Map();
  #packs: readonly Pack[];
  #seen: string | null = null;
  #saved: string;
  #sequence = 0;

  private constructor(options: SaverOptions, saved: string) {
    this.#options = options;
    this.#packs = options.restored === null ? [] : [options.restored];
    this.#saved = saved;
  }

  /** What the directory holds now needs no saving. */
  static async over(options: SaverOptions): Promise<CheckpointSaver> {
    return new CheckpointSaver(options, markOf(await listCheckpoint(options.directory)));
  }

  get saves(): number {
    return this.#sequence;
  }

  /**
   * Looks at the directory, and saves it if it changed since it was saved and not since the last look: a training that
   * is writing a checkpoint just now is left alone.
   * @returns whether it was saved
   * @throws CheckpointError
   */
  async look(): Promise<boolean> {
    const listed = await listCheckpoint(this.#options.directory);
    const mark = markOf(listed);
    const quiet = mark === this.#seen;
    this.#seen = mark;
    return quiet && mark !== this.#saved ? this.#save(listed, mark) : false;
  }

  /** As `look`, without waiting for quiet: nothing writes any more. */
  async last(): Promise<boolean> {
    const listed = await listCheckpoint(this.#options.directory);
    const mark = markOf(listed);
    return mark === this.#saved ? false : this.#save(listed, mark);
  }

  async #save(listed: readonly ListedFile[], mark: string): Promise<boolean> {
    const { directory, staging, store, identity, now, step } = this.#options;
    await mkdir(staging, { recursive: true });
    try {
      // As many saves as one may use: this one then holds all chunks by itself.
      const usable = this.#packs.length < CHECKPOINT_LIMITS.packs - 1 ? this.#packs : [];
      const held = new Set(usable.flatMap(({ objects }) => [...objects]));
      const written = await writeObjects(directory, listed, held, this.#memory, join(staging, OBJECTS_FILE));
      if (markOf(await listCheckpoint(directory)) !== mark) {
        throw new CheckpointError('changed', 'TRAINYARD_CHECKPOINT was written to while it was read');
      }
      const packs = needed(usable, written);
      const sequence = this.#sequence + 1;
      const manifest = CheckpointManifest.parse({
        version: 1,
        ...identity,
        sequence,
        savedAt: Instant.parse(now().toISOString()),
        step: step(),
        ...written,
        packs: packs.map(({ reference }) => reference),
      });
      await writeFile(join(staging, CHECKPOINT_FILE), JSON.stringify(manifest));
      const name = checkpointName(identity.attempt, sequence, this.#options.prefix);
      const reference = await store.put(name, staging, [CHECKPOINT_FILE, OBJECTS_FILE]);
      const objects = new Set(written.objects.map(({ sha256 }) => sha256));
      await this.#keep([...packs, { name, reference, objects }]);
      this.#sequence = sequence;
      this.#saved = mark;
      return true;
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  }

  /** Only after the new save is there are those dropped that it does not need. */
  async #keep(packs: readonly Pack[]): Promise<void> {
    const dropped = this.#packs.filter((pack) => !packs.includes(pack));
    this.#packs = packs;
    // One that stays takes room until GitHub's retention ends it, and nothing else.
    for (const { name } of dropped) await this.#options.store.drop(name).catch(() => undefined);
  }
}

function needed(packs: readonly Pack[], { files, objects }: WrittenObjects): readonly Pack[] {
  const own = new Set(objects.map(({ sha256 }) => sha256));
  const wanted = new Set(files.flatMap(({ chunks }) => chunks).filter((chunk) => !own.has(chunk)));
  return packs.filter((pack) => {
    const uses = [...wanted].filter((chunk) => pack.objects.has(chunk));
    for (const chunk of uses) wanted.delete(chunk);
    return uses.length > 0;
  });
}

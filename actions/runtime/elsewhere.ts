import type { DataFiles } from '../../flows/check-data/ports.ts';

type Closing = DataFiles & { close(): Promise<void> };

/** Data in a folder of its own, which is named as if it lay where its repository has it. */
export interface Elsewhere {
  /** What it is asked for as; no path of a repository. */
  readonly reference: string;
  readonly files: Closing;
  readonly path: string;
}

/** Files of a folder, and other datasets (the base's, those that a contract speaks of) under references of theirs. */
export function withElsewhere(home: Closing, elsewhere: readonly Elsewhere[]): Closing {
  return {
    ...home,
    list(asked) {
      const other = elsewhere.find(({ reference }) => reference === asked);
      return other === undefined ? home.list(asked) : other.files.list(other.path);
    },
    async close() {
      await home.close();
      for (const { files } of elsewhere) await files.close();
    },
  };
}

/** What became of a schema in another language. */
export type ImportResult =
  | {
      readonly ok: true;
      /** ODCS, as YAML. */
      readonly contract: string;
      /** What the contract can't say, in words; attacker-controlled text. */
      readonly notes: readonly string[];
    }
  | { readonly ok: false; readonly message: string };

export interface ImportOptions {
  /** What the dataset is called. */
  readonly dataset: string;
  /** Of the data, where it is known. */
  readonly path: string | null;
}

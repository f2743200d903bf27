import type { PiiKind } from '../report/profile.ts';

/** What a new contract says, before it is written as ODCS. Texts may be attacker-controlled. */
export interface ContractDraft {
  readonly name: string;
  /** Path of the data, as the contract names it; null where it is not known. */
  readonly path: string | null;
  /** Above the contract, one line each. */
  readonly comments: readonly string[];
  readonly columns: readonly DraftColumn[];
  readonly rowCount: { readonly atLeast: number } | null;
  /** Sets of columns whose values occur once together, the primary key left out. */
  readonly unique: readonly (readonly string[])[];
  readonly foreignKeys: readonly DraftForeignKey[];
  /** Of the table as a whole: `customProperties` that our own reader knows. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** With what a contract can say of it in a line: `object` and `array` need a word on what is inside. */
export type DraftType = 'string' | 'integer' | 'number' | 'boolean' | 'date' | 'timestamp' | 'time';

export interface DraftColumn {
  readonly name: string;
  readonly logicalType: DraftType | null;
  readonly physicalType: string | null;
  readonly description: string | null;
  readonly required: boolean;
  readonly unique: boolean;
  /** Position in the primary key, from 1. */
  readonly primaryKey: number | null;
  readonly options: DraftOptions;
  readonly values: readonly (string | number)[] | null;
  readonly pii: PiiKind | null;
  /** What values of objects and arrays hold; they have no type and no options besides. Absent for single values. */
  readonly inside?: DraftInside;
  /** Beside the column, one line each. */
  readonly comments: readonly string[];
}

export type DraftInside =
  | { readonly kind: 'object'; readonly fields: readonly DraftColumn[] }
  | {
      readonly kind: 'array';
      /** Of each element, whose name counts for nothing; null where nothing is known of them. */
      readonly items: DraftColumn | null;
      readonly options: Readonly<Record<string, number | boolean>>;
    };

/** ODCS `logicalTypeOptions`. */
export type DraftOptions = Readonly<Record<string, string | number>>;

export interface DraftForeignKey {
  readonly columns: readonly string[];
  readonly to: { readonly object: string; readonly columns: readonly string[] };
}

/** A column of which nothing is known. */
export const PLAIN_COLUMN: Omit<DraftColumn, 'name'> = {
  logicalType: null,
  physicalType: null,
  description: null,
  required: false,
  unique: false,
  primaryKey: null,
  options: {},
  values: null,
  pii: null,
  comments: [],
};

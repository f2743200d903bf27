import { createHash } from 'node:crypto';
import { csvLine, readCsv } from './csv.ts';
import { quote } from './findings.ts';

/** Why a holdout, or training data beside it, can't be used. */
export interface HoldoutProblem {
  readonly ok: false;
  readonly message: string;
  /** Line in the CSV file, from 1; null where it concerns the whole file. */
  readonly line: number | null;
}

export interface HoldoutSplit {
  readonly ok: true;
  /** CSV without the label columns, in the order of the file: all that the process that loads the model gets. */
  readonly features: Uint8Array;
  /** In the order of the file, each once. */
  readonly ids: readonly string[];
  readonly columns: readonly string[];
}

export interface HoldoutColumns {
  readonly labels: readonly string[];
  readonly id: string;
}

/** Takes the labels out of a holdout file. Ids must be present and unique, or predictions could not be joined back. */
export function splitHoldout(csvBytes: Uint8Array, { labels, id }: HoldoutColumns): HoldoutSplit | HoldoutProblem {
  if (labels.includes(id)) return problem(`the id column ${quote(id)} is also a label`);
  const table = readTable(csvBytes);
  if (!table.ok) return table;
  const missing = [id, ...labels].find((name) => !table.header.includes(name));
  if (missing !== undefined) return problem(`the holdout has no column ${quote(missing)}`, 1);
  const kept = table.header.flatMap((name, index) => (labels.includes(name) ? [] : [index]));
  const idIndex = table.header.indexOf(id);
  const ids = new Set<string>();
  const lines = [csvLine(pick(table.header, kept))];
  for (const { line, values } of table.rows) {
    const value = values[idIndex] ?? '';
    if (value === '') return problem(`the id column ${quote(id)} is empty`, line);
    if (ids.has(value)) return problem(`id ${quote(value)} occurs twice`, line);
    ids.add(value);
    lines.push(csvLine(pick(values, kept)));
  }
  if (ids.size === 0) return problem('the holdout has no rows');
  const features = new TextEncoder().encode(lines.join(''));
  return { ok: true, features, ids: [...ids], columns: pick(table.header, kept) };
}

export interface Overlap {
  readonly ok: true;
  /** Rows of the holdout that occur exactly in the training data. */
  readonly rows: number;
  /** The columns that both files have, on which rows were compared. */
  readonly columns: readonly string[];
  readonly examples: readonly { readonly holdoutLine: number; readonly trainingLine: number }[];
}

/**
 * Looks for exact rows of the holdout in training data: what training has seen measures nothing. Rows are equal when
 * all columns that both files have are, by name, in any order. Files without a common column don't overlap.
 */
export function overlap(holdoutCsv: Uint8Array, trainingCsv: Uint8Array): Overlap | HoldoutProblem {
  const holdout = readTable(holdoutCsv);
  if (!holdout.ok) return holdout;
  const training = readTable(trainingCsv);
  if (!training.ok) return { ...training, message: `training data: ${training.message}` };
  const columns = holdout.header.filter((name) => training.header.includes(name)).sort();
  if (columns.length === 0) return { ok: true, rows: 0, columns, examples: [] };
  const hash = (header: readonly string[], values: readonly string[]): string =>
    rowHash(
      pick(
        values,
        columns.map((name) => header.indexOf(name)),
      ),
    );
  const seen = new Map<string, number[]>();
  for (const { line, values } of holdout.rows) {
    const key = hash(holdout.header, values);
    const lines = seen.get(key);
    if (lines === undefined) seen.set(key, [line]);
    else lines.push(line);
  }
  let rows = 0;
  const examples: { holdoutLine: number; trainingLine: number }[] = [];
  for (const { line, values } of training.rows) {
    const key = hash(training.header, values);
    const hits = seen.get(key);
    if (hits === undefined) continue;
    rows += hits.length;
    seen.delete(key);
    if (examples.length < 10) examples.push({ holdoutLine: hits[0] ?? 1, trainingLine: line });
  }
  return { ok: true, rows, columns, examples };
}

interface Table {
  readonly ok: true;
  readonly header: readonly string[];
  readonly rows: readonly { readonly line: number; readonly values: readonly string[] }[];
}

function readTable(bytes: Uint8Array): Table | HoldoutProblem {
  let header: readonly string[] | null = null;
  const rows: { line: number; values: readonly string[] }[] = [];
  for (const item of readCsv([bytes])) {
    if (item.kind === 'problem') return problem(item.message, item.line);
    if (header === null) header = item.values;
    else rows.push({ line: item.line, values: item.values });
  }
  if (header === null) return problem('the file is empty');
  if (new Set(header).size !== header.length) return problem('a column name occurs twice in the header', 1);
  return { ok: true, header, rows };
}

/** Fields are hashed as a JSON list, so that no separator inside a field can make two rows look equal. */
function rowHash(values: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(values)).digest('base64');
}

function pick(values: readonly string[], indexes: readonly number[]): readonly string[] {
  return indexes.map((index) => values[index] ?? '');
}

function problem(message: string, line: number | null = null): HoldoutProblem {
  return { ok: false, message, line };
}

import { z } from 'zod';
import type { ContractProblem, LineOf } from '../contract-model.ts';
import { shownValue } from '../contract-value.ts';
import { DRIFT_TESTS } from '../report/base.ts';
import {
  AGAINST_BASE_DEFAULTS,
  AGAINST_BASE_KEYS,
  type AgainstBase,
  DRIFT,
  type DriftRule,
  READ_BY,
  SCHEMA_CHANGES,
  type SchemaRule,
  VERDICTS,
} from './against-base.ts';

const Item = z.looseObject({ property: z.string(), value: z.unknown() });
const VerdictWord = z.enum(VERDICTS);
const Effect = z.number().min(0).max(1000);
const ColumnDrift = z.strictObject({
  severity: VerdictWord.optional(),
  test: z.enum(DRIFT_TESTS).optional(),
  smallestEffect: Effect.optional(),
});
const TableDrift = ColumnDrift.omit({ test: true, smallestEffect: true }).extend({
  level: z.number().gt(0).max(0.5).optional(),
  correction: z.enum(['none', 'holm', 'benjamini_hochberg']).optional(),
});
const Model = z.string().min(1).max(200);
const ReadBy = z
  .array(
    z.union([Model, z.strictObject({ model: Model, columns: z.array(z.string().min(1).max(256)).min(1).max(2000) })]),
  )
  .min(1)
  .max(100);

/** One place of a contract that has `customProperties`. */
export interface CustomProperties {
  /** Null for the table's. */
  readonly column: string | null;
  /** As parsed from YAML. */
  readonly raw: unknown;
  /** Of the list. */
  readonly path: readonly PropertyKey[];
}

/**
 * Reads what a contract says of drift, changes of the schema and readers. That a key may stand where it stands, and
 * stands there once, is `readCustom`'s to see.
 * @param problems appended to
 */
export function readAgainstBase(
  places: readonly CustomProperties[],
  lineOf: LineOf,
  problems: ContractProblem[],
): AgainstBase {
  const columns = new Set(places.flatMap(({ column }) => column ?? []));
  const lists = { driftOf: new Map(), schemaOf: new Map(), problems, columns };
  const reading: Reading = { found: AGAINST_BASE_DEFAULTS, ...lists };
  // The table's first: a column that says only a part takes the rest from there.
  for (const place of places.toSorted((a, b) => Number(a.column !== null) - Number(b.column !== null))) {
    if (!Array.isArray(place.raw)) continue;
    place.raw.forEach((raw: unknown, at) => {
      const item = Item.safeParse(raw);
      if (!item.success || !AGAINST_BASE_KEYS.includes(item.data.property)) return;
      const { property, value } = item.data;
      const line = lineOf([...place.path, at]);
      readOne({ property, value, column: place.column, line }, reading);
    });
  }
  return { ...reading.found, driftOf: reading.driftOf, schemaOf: reading.schemaOf };
}

interface Reading {
  found: AgainstBase;
  readonly driftOf: Map<string, DriftRule>;
  readonly schemaOf: Map<string, SchemaRule>;
  readonly problems: ContractProblem[];
  readonly columns: ReadonlySet<string>;
}

interface Stated {
  readonly property: string;
  readonly value: unknown;
  readonly column: string | null;
  readonly line: number;
}

function readOne(stated: Stated, reading: Reading): void {
  if (stated.property === DRIFT) readDrift(stated, reading);
  else if (stated.property === SCHEMA_CHANGES) readSchemaChanges(stated, reading);
  else if (stated.property === READ_BY) readReaders(stated, reading);
}

function readSchemaChanges(stated: Stated, reading: Reading): void {
  const verdict = read(VerdictWord, stated, 'warn, fail or off', reading);
  if (verdict === null) return;
  const rule = { verdict, line: stated.line };
  if (stated.column === null) reading.found = { ...reading.found, schema: rule };
  else reading.schemaOf.set(stated.column, rule);
}

function readReaders(stated: Stated, reading: Reading): void {
  const { problems, columns } = reading;
  const { line } = stated;
  const readers = read(ReadBy, stated, 'a list of models, each a name or {model, columns}', reading) ?? [];
  const named = readers.map((one) => (typeof one === 'string' ? { model: one, columns: null } : one));
  for (const { model, columns: read } of named) {
    const unknown = read?.find((column) => !columns.has(column));
    if (unknown !== undefined)
      problems.push({ message: `${READ_BY}: ${model} reads "${unknown}", which is no column`, line });
  }
  reading.found = { ...reading.found, readers: named };
}

function readDrift(stated: Stated, reading: Reading): void {
  const { value, column, line } = stated;
  const long = typeof value === 'string' ? { ...stated, value: { severity: value } } : stated;
  if (column === null) {
    const expected = 'warn, fail or off, or a mapping of severity, level and correction';
    const drift = read(TableDrift, long, expected, reading);
    if (drift === null) return;
    const { level = reading.found.level, correction = reading.found.correction } = drift;
    const rule = { ...reading.found.drift, verdict: drift.severity ?? reading.found.drift.verdict, line };
    reading.found = { ...reading.found, drift: rule, level, correction };
    return;
  }
  const expected = 'warn, fail or off, or a mapping of severity, test and smallestEffect';
  const drift = read(ColumnDrift, long, expected, reading);
  if (drift === null) return;
  const { test = null, smallestEffect = null, severity = reading.found.drift.verdict } = drift;
  reading.driftOf.set(column, { verdict: severity, test, smallestEffect, line });
}

function read<T>(schema: z.ZodType<T>, { value, property, line }: Stated, expected: string, into: Reading): T | null {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: ${issue.message}; `;
  const found = shownValue(value);
  into.problems.push({ message: `${property}: ${where}expected ${expected}, found ${found}`, line });
  return null;
}

import { parseContract } from '../../core/data/contract.ts';
import type { DataContract } from '../../core/data/contract-model.ts';
import { type DraftType, PLAIN_COLUMN } from '../../core/data/contract-text/draft.ts';
import { fitting } from '../../core/data/contract-text/fit.ts';
import { isNameless } from '../../core/data/infer/infer.ts';
import { isMarker } from '../../core/data/infer/missing.ts';
import { mostType } from '../../core/data/infer/mostly.ts';
import type { DataReport, RuleResult } from '../../core/data/report/data-report.ts';
import type { ColumnProfile } from '../../core/data/report/profile.ts';
import { DIALECT } from '../../core/data/text/dialect.ts';

/** Checks the data at hand against a contract. */
export type CheckContract = (contract: DataContract) => Promise<DataReport>;

/** A type that most values of a column seem to have, and what came of trying it on all of the data. */
export interface TriedType {
  readonly type: DraftType;
  readonly result: RuleResult;
}

export type TriedTypes = ReadonlyMap<string, TriedType>;

/**
 * The types that columns may have, by name, where it takes a look at all of the data to know.
 * @param plain states how the data is written, and nothing else
 */
export async function tryTypes(
  columns: readonly ColumnProfile[],
  plain: DataContract,
  check: CheckContract,
): Promise<TriedTypes> {
  const wanted = new Map<string, DraftType>();
  for (const column of columns) {
    const type = isNameless(column.name) ? null : mostType(column);
    if (type !== null) wanted.set(column.name, type);
  }
  if (wanted.size === 0) return new Map();
  // All that have a name: without a header, columns are told by their order.
  const named = columns.filter(({ name }) => !isNameless(name));
  const parsed = parseContract(
    fitting({
      ...{ name: 'data', path: null, comments: [], rowCount: null, unique: [], foreignKeys: [] },
      columns: named.map(({ name }) => ({ ...PLAIN_COLUMN, name, logicalType: wanted.get(name) ?? null })),
      settings: { trainyardExtraColumns: 'allow', ...(plain.dialect && { [DIALECT]: plain.dialect }) },
    }),
    { file: plain.file },
  );
  if (!parsed.ok) return new Map();
  const { rules } = await check(parsed.contract);
  const tried = new Map<string, TriedType>();
  for (const result of rules) {
    const [column = ''] = result.columns;
    const type = result.rule === 'type' ? wanted.get(column) : undefined;
    if (type !== undefined) tried.set(column, { type, result });
  }
  return tried;
}

/** Each shows more texts, of which a column may have several, or a column that has no type without them. */
const MAX_ROUNDS = 6;

/**
 * By column, the texts, such as NA, that stand between it and its type. Each set is tried on all of the data, and what
 * gives no column a type is none of them. Empty where there are none.
 */
export async function missingTexts(
  columns: readonly ColumnProfile[],
  plain: DataContract,
  first: TriedTypes,
  check: CheckContract,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const texts = new Map<string, Set<string>>();
  const givenUp = new Set<string>();
  let tried = first;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    let changed = false;
    for (const [column, { result }] of tried) {
      if (result.status === 'passed' || givenUp.has(column)) continue;
      const values = result.examples.map(({ value }) => value ?? '');
      changed = true;
      if (values.length > 0 && values.every(isMarker))
        texts.set(column, new Set([...(texts.get(column) ?? []), ...values]));
      else {
        givenUp.add(column);
        texts.delete(column);
      }
    }
    if (!changed || texts.size === 0) return texts;
    tried = await tryTypes(columns, withMissing(plain, texts), check);
    // No contract can state such a text.
    if (tried.size === 0) return new Map();
  }
  return new Map();
}

/** The same, where the texts of these columns stand for missing values in all. */
export function withMissing(plain: DataContract, texts: ReadonlyMap<string, ReadonlySet<string>>): DataContract {
  const missing = [...new Set([...texts.values()].flatMap((one) => [...one]))].sort();
  return { ...plain, dialect: { ...plain.dialect, missing } };
}

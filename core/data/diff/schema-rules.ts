import { cut, type Measured } from '../checks/measured.ts';
import type { ContractColumn, DataContract } from '../contract-model.ts';
import type { SchemaChange } from '../report/base.ts';
import { type Reader, schemaRuleOf } from './against-base.ts';

/** Whoever it is, where nobody said which models read the dataset. */
const ANYBODY: Reader = { model: 'every reader', columns: null };

const SHOWN = 5;

/**
 * The models that read a dataset. Those that the caller knows of read what the contract says of them, or else every
 * column; without a caller's word the contract's readers are all.
 *
 * @param models null where the caller does not know
 */
export function readersOf({ againstBase }: DataContract, models: readonly string[] | null): readonly Reader[] {
  const stated = againstBase.readers;
  if (models === null) return stated.length === 0 ? [ANYBODY] : stated;
  return models.map((model) => stated.find((one) => one.model === model) ?? { model, columns: null });
}

/** Each change with the models that it breaks. */
export function judgeReaders(changes: readonly SchemaChange[], readers: readonly Reader[]): readonly SchemaChange[] {
  return changes.map((change) => {
    const { column, compatible } = change;
    if (compatible) return change;
    const broken = readers.filter(({ columns }) => columns === null || column === null || columns.includes(column));
    return { ...change, breaks: broken.map(({ model }) => model.slice(0, 200)).slice(0, 100) };
  });
}

/** Rules of the changes that could break a model: one for each column that changed so; one that holds where none did. */
export function schemaRules(changes: readonly SchemaChange[], contract: DataContract): readonly Measured[] {
  const { againstBase, columns } = contract;
  const byColumn = Map.groupBy(
    changes.filter(({ compatible }) => !compatible),
    ({ column }) => column,
  );
  const declared = new Map(columns.map((column) => [column.name, column]));
  const measured = [...byColumn].flatMap(([column, list]): Measured[] => {
    const { verdict, line } = schemaRuleOf(againstBase, column);
    if (verdict === 'off') return [];
    return [
      { ...ofColumn(column, list, declared), severity: verdict, ...(line === null ? {} : { contractLine: line }) },
    ];
  });
  if (byColumn.size > 0 || againstBase.schema.verdict === 'off') return measured;
  const found =
    changes.length === 0 ? 'no change' : `${changes.length} compatible ${changes.length === 1 ? 'change' : 'changes'}`;
  const { verdict, line } = againstBase.schema;
  return [{ ...RULE, severity: verdict, status: 'passed', expected: EXPECTED, found, contractLine: line }];
}

const EXPECTED = 'nothing that breaks a reader';

const RULE = {
  rule: 'schema_change',
  columns: [],
  severity: 'fail',
  count: null,
  of: 0,
  tolerance: null,
  contractLine: null,
  label: '',
  search: null,
} as const;

function ofColumn(
  column: string | null,
  changes: readonly SchemaChange[],
  declared: ReadonlyMap<string, ContractColumn>,
): Measured {
  const broken = [...new Set(changes.flatMap(({ breaks }) => breaks))];
  const said = changes.map(({ message }) => message).join('; ');
  const more = broken.length > SHOWN ? ` and ${broken.length - SHOWN} more` : '';
  const who = broken.length === 0 ? 'no model reads it' : `breaks ${broken.slice(0, SHOWN).join(', ')}${more}`;
  return {
    ...RULE,
    columns: column === null ? [] : [column],
    status: broken.length === 0 ? 'passed' : 'failed',
    expected: EXPECTED,
    found: cut(`${said} (${who})`),
    contractLine: (column === null ? undefined : declared.get(column)?.line) ?? null,
  };
}

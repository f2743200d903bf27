import type { ContractColumn, ContractWaiver, DataContract, Loosening, SqlRule } from './contract-model.ts';

/** Severity, tolerance and masking of a column, as `compareContracts` compares the rest of it. */
export function compareLeniency(before: ContractColumn, after: ContractColumn, add: (message: string) => void): void {
  if (before.severity === 'fail' && after.severity === 'warn') add('only warns now');
  if (before.personal && !after.personal) add('is no longer marked as personal data');
  const [from, to] = [before.tolerance, after.tolerance];
  if (to === null) return;
  // A count and a share can't be compared without the data.
  const tighter = from !== null && from.unit === to.unit && to.value <= from.value;
  if (!tighter && to.value > 0) add(`tolerance rises from ${shown(from)} to ${shown(to)}`);
}

function shown(tolerance: ContractColumn['tolerance']): string {
  if (tolerance === null) return 'none';
  return tolerance.unit === 'count'
    ? `${tolerance.value} rows`
    : `${Number((tolerance.value * 100).toPrecision(12))} %`;
}

/** Texts that count as missing now and were values before: what is not required takes them in silence. */
export function addedMissing(
  { dialect: before }: DataContract,
  { dialect: after }: DataContract,
): readonly Loosening[] {
  const known = new Set(before?.missing);
  return (after?.missing ?? [])
    .filter((text) => !known.has(text))
    .map((text) => ({ column: null, message: `${JSON.stringify(text)} counts as a missing value`, line: null }));
}

/** Each waiver that the base does not have as it is. */
export function addedWaivers(base: DataContract, head: DataContract): readonly Loosening[] {
  const known = new Set(base.waivers.map((waiver) => waiverKey(waiver, base)));
  return head.waivers
    .filter((waiver) => !known.has(waiverKey(waiver, head)))
    .map(({ column, rule, expires, owner, line }) => ({
      column,
      message: `${place(column)}: ${owner} waives ${rule ?? 'a rule'} until ${expires}`,
      line,
    }));
}

/** Lines move, so a waiver at a quality rule is told by the rule. */
function waiverKey({ column, rule, ruleLine, owner, reason, expires }: ContractWaiver, contract: DataContract): string {
  const at = [...contract.rules, ...contract.sqlRules, ...contract.aggregates].find(({ line }) => line === ruleLine);
  const where = at === undefined ? null : { ...at, line: 0 };
  return JSON.stringify([column, rule, where, owner, reason, expires]);
}

/** SQL rules, foreign keys and freshness that are gone or ask for something else now. */
export function compareRelations(base: DataContract, head: DataContract): readonly Loosening[] {
  return [
    ...gone(base.sqlRules, head.sqlRules, sqlKey, ({ column }) => `an SQL rule of ${place(column)}`),
    ...gone(
      base.foreignKeys,
      head.foreignKeys,
      ({ columns, to, severity, tolerance }) => JSON.stringify([columns, to, severity, tolerance]),
      ({ columns }) => `the foreign key of ${columns.join(', ')}`,
    ),
    ...base.freshness
      .filter(
        ({ column, seconds, severity }) =>
          !head.freshness.some((one) => one.column === column && one.seconds <= seconds && one.severity === severity),
      )
      .map(({ column }) => ({
        column,
        message: `column "${column}": its freshness is dropped or relaxed`,
        line: null,
      })),
  ];
}

function place(column: string | null): string {
  return column === null ? 'the table' : `column "${column}"`;
}

function sqlKey({ query, column, conditions, severity }: SqlRule): string {
  return JSON.stringify([query, column, conditions, severity]);
}

function gone<T>(
  before: readonly T[],
  after: readonly T[],
  key: (one: T) => string,
  name: (one: T) => string,
): readonly Loosening[] {
  const left = new Set(after.map(key));
  return before
    .filter((one) => !left.has(key(one)))
    .map((one) => ({ column: null, message: `${name(one)} is dropped or changed`, line: null }));
}

import type { ContractColumn, LogicalType } from '../contract-model.ts';
import type { ColumnType } from '../report/profile.ts';
import { isMixed } from './json-values.ts';
import type { TableColumn } from './table.ts';

const INTEGER = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|BIGNUM)$/;
const NUMBER = /^(FLOAT|DOUBLE|REAL|DECIMAL\()/;
const TIMESTAMP = /^TIMESTAMP/;

/** What a type of DuckDB is in a report. Null for untyped text, whose values decide. */
export function typeOf(column: TableColumn): ColumnType | null {
  const { type } = column;
  // An array of numbers is no number.
  if (/\]$/.test(type)) return 'array';
  if (INTEGER.test(type)) return 'integer';
  if (NUMBER.test(type)) return 'number';
  if (TIMESTAMP.test(type)) return 'timestamp';
  if (/^TIME\b/.test(type)) return 'time';
  if (/^(STRUCT|MAP|UNION|JSON|VARIANT)/.test(type)) return 'object';
  if (type === 'BOOLEAN') return 'boolean';
  if (type === 'DATE') return 'date';
  if (type === 'BLOB' || type === 'BIT') return 'binary';
  return column.typed ? 'string' : null;
}

/**
 * Whether values of the column can be of the contract's type. JSON has no dates, and many a Parquet file holds them as
 * text, so text is read as a date; text is never read as a number where the file could hold one. Where values of JSON
 * have several types, each is judged by itself.
 */
export function canHold(column: TableColumn, logicalType: LogicalType): boolean {
  if (isMixed(column)) return true;
  const type = typeOf(column);
  switch (logicalType) {
    case 'string':
      return type === null || type === 'string';
    case 'integer':
      return type === null || type === 'integer' || (column.json === true && type === 'number');
    case 'boolean':
      return type === null || type === logicalType;
    case 'number':
      return type === null || type === 'number' || type === 'integer';
    case 'date':
    case 'timestamp':
    case 'time':
      return type === null || type === logicalType || type === 'string';
  }
}

/** Whether values of the column can be of the contract's type, and state an offset where the contract speaks of one. */
export function canMeet(
  table: TableColumn,
  { logicalType, options: { timezone } }: Pick<ContractColumn, 'logicalType' | 'options'>,
): boolean {
  if (logicalType === null) return true;
  if (!canHold(table, logicalType)) return false;
  return timezone === null || table.type === 'VARCHAR' || /WITH TIME ZONE$/.test(table.type) === timezone;
}

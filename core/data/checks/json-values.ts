import type { LogicalType } from '../contract-model.ts';
import type { TableColumn } from './table.ts';

/** A column of JSON whose values have several types: each is kept as JSON text and judged by itself. */
export function isMixed(column: TableColumn): boolean {
  return column.typed && column.type === 'JSON';
}

/** A value of JSON as the checks of single values read it; null where it is of a type that the contract's can't be. */
export function plainValue(json: string, logicalType: LogicalType | null): string | null {
  const kind = kindOf(json);
  switch (logicalType) {
    case 'string':
    case 'date':
    case 'timestamp':
    case 'time':
      return kind === 'string' ? String(JSON.parse(json)) : null;
    case 'integer':
      return kind === 'number' ? wholeNumber(json) : null;
    case 'number':
      return kind === 'number' ? json : null;
    case 'boolean':
      return kind === 'boolean' ? json : null;
    case null:
      return kind === 'string' ? String(JSON.parse(json)) : json;
  }
}

/** JSON has one kind of number, so 2.0 is the integer 2. Other numbers stay as they are, and are no integer. */
export function wholeNumber(text: string): string {
  const number = Number(text);
  return !/^[+-]?\d+$/.test(text) && Number.isInteger(number) ? String(BigInt(number)) : text;
}

function kindOf(json: string): 'string' | 'number' | 'boolean' | 'other' {
  if (json.startsWith('"')) return 'string';
  if (json === 'true' || json === 'false') return 'boolean';
  return /^-?\d/.test(json) ? 'number' : 'other';
}

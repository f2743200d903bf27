import { quoteText } from '../sql/quote.ts';
import type { Written } from '../written-forms.ts';
import { type TableColumn, textOf } from './table.ts';
import { typeOf } from './type-family.ts';
import { oneFormSql } from './written-forms-sql.ts';

/** A value of each of two datasets, in a form in which equal values are equal. NULL also for text that is no value of the type. */
export interface Comparable {
  readonly left: string;
  readonly right: string;
}

const WHOLE = '[+-]?[0-9]+';
const DECIMAL = '[+-]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?';

/**
 * Two columns side by side. A text file has no types, so where the other side has one the text is read as it; text against
 * text is compared as it is written (`007` is not `7`), and numbers as numbers, whatever their width.
 * @param written where both are text that the contract types, and write values in several ways; null elsewhere
 */
export function comparable(left: TableColumn, right: TableColumn, written: Written | null): Comparable {
  if (written !== null) return { left: oneFormSql(written, left.sql), right: oneFormSql(written, right.sql) };
  if (left.type === right.type) return { left: left.sql, right: right.sql };
  if (!left.typed && right.typed) return { left: readAs(left, right), right: right.sql };
  if (left.typed && !right.typed) return { left: left.sql, right: readAs(right, left) };
  const numeric = [left, right].every((column) => ['integer', 'number'].includes(typeOf(column) ?? ''));
  return numeric ? { left: left.sql, right: right.sql } : { left: textOf(left), right: textOf(right) };
}

/** DuckDB's cast alone would round `1.5` to an integer. */
function readAs(text: TableColumn, typed: TableColumn): string {
  const type = typeOf(typed);
  if (type === 'string' || type === null) return text.sql;
  const cast = `TRY_CAST(${text.sql} AS ${typed.type})`;
  const written = type === 'integer' ? WHOLE : type === 'number' ? DECIMAL : null;
  if (written !== null) return `CASE WHEN regexp_full_match(${text.sql}, ${quoteText(written)}) THEN ${cast} END`;
  return ['boolean', 'date', 'timestamp', 'time'].includes(type) ? cast : text.sql;
}

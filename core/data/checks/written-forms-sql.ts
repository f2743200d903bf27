import type { ContractColumn } from '../contract-model.ts';
import { quoteText } from '../sql/quote.ts';
import { ALIKE, BETWEEN, comparedAs, ODD_NUMBER, ONE_BOOLEAN, type Written } from '../written-forms.ts';
import type { TableColumn } from './table.ts';
import { NUMBER, parsedTimestamp, timeOfDay } from './text-values-sql.ts';

/** How values of a column of text may be written; null where a value has one form alone. */
export function writtenAs(column: ContractColumn | null, table: TableColumn): Written | null {
  return column === null || table.type !== 'VARCHAR' ? null : comparedAs(column);
}

/** As `isAmong`. @param text the value as text */
export function isAmongSql(values: readonly string[], written: Written | null, text: string): string {
  const texts = values.map(quoteText);
  const isText = `list_contains([${texts.join(', ')}], ${text})`;
  if (written === null) return isText;
  const ones = texts.map((value) => oneFormSql(written, value)).join(', ');
  return `(${isText} OR list_contains([${ones}], ${oneFormSql(written, text)}))`;
}

/** As `inSeveralForms`: an aggregate of SQL over the column. */
export function inSeveralFormsSql(written: Written, sql: string): string {
  switch (written) {
    case 'integer':
      // By order alone, which looks at four bytes of most values: +…, 0…, -0….
      return any(
        `(${sql} > '0' AND ${sql} < '1') OR (${sql} >= '+' AND ${sql} < ',') OR (${sql} >= '-0' AND ${sql} < '-1')`,
      );
    case 'number': {
      const digits = `CASE WHEN contains(${sql}, '.') THEN length(${sql}) - strpos(${sql}, '.') ELSE 0 END`;
      const odd = `regexp_matches(${sql}, ${quoteText(ODD_NUMBER)})`;
      const padded = `contains(${sql}, '.') AND right(${sql}, 1) = '0'`;
      return `(${any(odd)} OR (${any(padded)} AND min(${digits}) <> max(${digits})))`;
    }
    case 'boolean':
      return `NOT (${ALIKE.map((alike) => `coalesce(bool_and(${sql} IN (${alike.map(quoteText).join(', ')})), true)`).join(' OR ')})`;
    case 'timestamp':
    case 'time': {
      const zone = any(`regexp_matches(right(${sql}, 6), '[+-]')`);
      const same = [
        `length(${sql})`,
        `substr(${sql}, ${BETWEEN[written] + 1}, 1)`,
        `right(${sql}, 1) = 'Z'`,
        `contains(${sql}, ',')`,
      ];
      return `(${zone} OR ${same.map((kind) => `min(${kind}) IS DISTINCT FROM max(${kind})`).join(' OR ')})`;
    }
  }
}

/** As `oneForm`. */
export function oneFormSql(written: Written, sql: string): string {
  switch (written) {
    case 'integer':
    case 'number': {
      const [whole, all] = [
        `regexp_extract(${sql}, '^[+-]?([0-9]*)', 1)`,
        `regexp_replace(${sql}, '[eE].*|[^0-9]', '', 'g')`,
      ];
      const digits = `ltrim(${all}, '0')`;
      const power = `coalesce(TRY_CAST(regexp_extract(${sql}, '[eE]([+-]?[0-9]+)$', 1) AS BIGINT), 0)`;
      const point = `(${power} + length(${whole}) - length(${all}) + length(${digits}))`;
      const sign = `CASE WHEN starts_with(${sql}, '-') THEN '-' ELSE '' END`;
      return `CASE WHEN NOT regexp_full_match(${sql}, ${quoteText(NUMBER)}) THEN ${sql} WHEN ${digits} = '' THEN '0' ELSE ${sign} || rtrim(${digits}, '0') || 'e' || ${point} END`;
    }
    case 'boolean':
      return `CASE lower(${sql}) ${[...ONE_BOOLEAN].map(([form, one]) => `WHEN ${quoteText(form)} THEN ${quoteText(one)}`).join(' ')} ELSE ${sql} END`;
    case 'timestamp':
    case 'time': {
      const whole = `regexp_replace(${sql}, '[.,][0-9]+', '')`;
      const fraction = `rtrim(regexp_extract(${sql}, '[.,]([0-9]+)', 1), '0')`;
      const at = written === 'time' ? timeOfDay(whole) : `epoch_us(${parsedTimestamp(whole)})`;
      return `coalesce(CAST(${at} AS VARCHAR) || '.' || ${fraction}, ${sql})`;
    }
  }
}

function any(condition: string): string {
  return `coalesce(bool_or(${condition}), false)`;
}

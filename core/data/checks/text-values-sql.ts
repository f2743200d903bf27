/** How values of a type are written as text, as patterns of RE2, and their values in SQL. */
export const INTEGER = '[+-]?[0-9]+';
export const NUMBER = '[+-]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?';
export const BOOLEANS = "('true', 'false', '1', '0')";
export const DATE = '[0-9]{4}-[0-9]{2}-[0-9]{2}';
export const TIME =
  '(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?(?:Z|[+-](?:0[0-9]|1[0-8])(?::?[0-5][0-9])?)?';
export const TIMESTAMP = `${DATE}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?`;

/** What overflows a DOUBLE fails to be cast; it is no finite number. */
export function parsedNumber(text: string): string {
  return `coalesce(TRY_CAST(${text} AS DOUBLE), 'inf'::DOUBLE)`;
}

/** In UTC, also without an offset. */
export function parsedTimestamp(text: string): string {
  const dotted = `replace(${text}, ',', '.')`;
  // DuckDB takes no offset right after minutes, and TIMESTAMP drops one in silence. A cast that knows time zones takes
  // much longer, so it is left to values that have one.
  const whole = `CASE WHEN substr(${dotted}, 17, 1) = ':' THEN ${dotted} ELSE substr(${dotted}, 1, 16) || ':00' || substr(${dotted}, 17) END`;
  const zoned = `regexp_replace(${whole}, '([+-][0-9]{2})([0-9]{2})$', '\\1:\\2')`;
  return `CASE WHEN regexp_matches(substr(${text}, 17), '[Z+-]') THEN timezone('UTC', TRY_CAST(${zoned} AS TIMESTAMPTZ)) ELSE TRY_CAST(${whole} AS TIMESTAMP) END`;
}

/** Milliseconds since midnight UTC of a time as `TIME` matches it. */
export function timeOfDay(text: string): string {
  const part = (pattern: string): string =>
    `coalesce(TRY_CAST(nullif(regexp_extract(${text}, '${pattern}', 1), '') AS DOUBLE), 0)`;
  const seconds = `${part('^..:..:([0-9]{2})')} + coalesce(TRY_CAST('0.' || nullif(regexp_extract(${text}, '[.,]([0-9]{1,9})', 1), '') AS DOUBLE), 0)`;
  const sign = `CASE WHEN regexp_matches(substr(${text}, 6), '-') THEN -1 ELSE 1 END`;
  const offset = `(${sign}) * (${part('[+-]([0-9]{2})')} * 60 + ${part('[+-][0-9]{2}:?([0-9]{2})')})`;
  return `(((${part('^([0-9]{2})')} * 60 + ${part('^..:([0-9]{2})')} - ${offset}) * 60 + ${seconds}) * 1000)`;
}

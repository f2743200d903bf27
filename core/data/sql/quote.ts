/** Text that cannot be written into a query such that the query means what it says. */
export class QuoteError extends Error {
  override readonly name = 'QuoteError';
  readonly code: 'nul_character' | 'lone_surrogate' | 'empty_name' | 'not_a_number';

  constructor(code: QuoteError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * A name of a column or table as DuckDB reads it back, in double quotes. Names come from data and contracts, so no text
 * may get into a query other than through this function and the two below.
 * @throws QuoteError for an empty name, a NUL (the parser would stop there) and a lone surrogate (UTF-8 has none, so
 * two different names would become one)
 */
export function quoteName(name: string): string {
  if (name === '') throw new QuoteError('empty_name', 'expected the name of a column, found an empty one');
  if (name.includes('\0')) throw new QuoteError('nul_character', `the name ${JSON.stringify(name)} holds a NUL`);
  refuseSurrogates(name);
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * A text value in single quotes. DuckDB knows no escapes in them but the doubled quote.
 * @throws QuoteError for a lone surrogate
 */
export function quoteText(text: string): string {
  refuseSurrogates(text);
  const parts = text.split('\0').map((part) => `'${part.replaceAll("'", "''")}'`);
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : `(${parts.join(' || chr(0) || ')})`;
}

/**
 * A path of exactly this file, of which DuckDB would take `*`, `?` and `[` for a pattern.
 * @throws QuoteError for a lone surrogate
 */
export function quotePath(path: string): string {
  return quoteText(exactPattern(path));
}

/** A pattern of DuckDB that matches this path alone; the path itself where it holds nothing special. */
export function exactPattern(path: string): string {
  return path.replaceAll(/[*?[]/g, '[$&]');
}

/**
 * A DOUBLE of exactly this value; NaN and the infinities have no literal and are cast.
 * @throws QuoteError for nothing but what is no number at run time
 */
export function quoteNumber(value: number): string {
  if (typeof value !== 'number') throw new QuoteError('not_a_number', `expected a number, found ${typeof value}`);
  return `CAST('${Object.is(value, -0) ? '-0' : String(value)}' AS DOUBLE)`;
}

/** An INTEGER literal, such as a limit. */
export function quoteInteger(value: number): string {
  if (!Number.isSafeInteger(value)) throw new QuoteError('not_a_number', `expected an integer, found ${String(value)}`);
  return `(${value})`;
}

function refuseSurrogates(text: string): void {
  if (!text.isWellFormed()) {
    throw new QuoteError(
      'lone_surrogate',
      `${JSON.stringify(text)} is no valid Unicode: it holds half a surrogate pair`,
    );
  }
}

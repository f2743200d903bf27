import { readCsv } from '../csv.ts';

export const DELIMITERS = [',', ';', '\t', '|'] as const;

/** Records looked at. */
const MAX_RECORDS = 200;

export type DelimiterGuess =
  | { readonly kind: 'delimiter'; readonly delimiter: string }
  /** Several divide the text evenly: only a person knows. */
  | { readonly kind: 'ambiguous'; readonly delimiters: readonly string[] };

/**
 * The delimiter of a file whose name says CSV, from its first lines: a comma where it divides all of them alike, or where
 * no other does; else the one other that does.
 * @param text begins with the header; a last line that is cut is not counted
 */
export function detectDelimiter(text: string): DelimiterGuess {
  const end = text.lastIndexOf('\n');
  const whole = end === -1 ? text : text.slice(0, end + 1);
  const even = DELIMITERS.filter((delimiter) => dividesEvenly(whole, delimiter));
  const [first, second] = even;
  if (first === undefined || first === ',') return { kind: 'delimiter', delimiter: ',' };
  return second === undefined ? { kind: 'delimiter', delimiter: first } : { kind: 'ambiguous', delimiters: even };
}

function dividesEvenly(text: string, delimiter: string): boolean {
  let count = 0;
  let columns = 0;
  for (const item of readCsv([text], delimiter)) {
    if (item.kind === 'record') columns = item.values.length;
    else if (item.code === 'column_count') return false;
    // An open quote at the end of what was looked at, or a fault that the reader of the whole file reports.
    else if (item.fatal) break;
    count += 1;
    if (count >= MAX_RECORDS) break;
  }
  return columns > 1;
}

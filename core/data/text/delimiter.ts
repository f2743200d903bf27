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
 * no other does; else the one other that does. Where none divides all, the one that divides the header and most other
 * lines, so that what is wrong in a few is said of these.
 * @param text begins with the header; a last line that is cut is not counted
 */
export function detectDelimiter(text: string): DelimiterGuess {
  const end = text.lastIndexOf('\n');
  const whole = end === -1 ? text : text.slice(0, end + 1);
  const shares = DELIMITERS.map((delimiter) => [delimiter, shareAlike(whole, delimiter)] as const);
  return among(shares.filter(([, share]) => share === 1)) ?? among(shares.filter(([, share]) => share > MOST)) ?? COMMA;
}

/** Of the lines, the header not counted. */
const MOST = 0.5;
const COMMA = { kind: 'delimiter', delimiter: ',' } as const;

function among(dividing: readonly (readonly [delimiter: string, share: number])[]): DelimiterGuess | null {
  const delimiters = dividing.map(([delimiter]) => delimiter);
  const [first] = delimiters;
  if (first === undefined) return null;
  if (first === ',' || delimiters.length === 1) return { kind: 'delimiter', delimiter: first };
  return { kind: 'ambiguous', delimiters };
}

/** Which share of the rows has as many fields as the header; 0 where that has but one. */
function shareAlike(text: string, delimiter: string): number {
  let [rows, alike, columns] = [0, 0, 0];
  for (const item of readCsv([text], delimiter)) {
    // An open quote at the end of what was looked at, or a fault that the reader of the whole file reports.
    if (item.kind === 'problem' && item.fatal) break;
    if (columns === 0 && item.kind === 'record') columns = item.values.length;
    else {
      rows += 1;
      if (item.kind === 'record' || item.code !== 'column_count') alike += 1;
    }
    if (rows >= MAX_RECORDS) break;
  }
  return columns < 2 ? 0 : rows === 0 ? 1 : alike / rows;
}

const LETTERS: ReadonlyMap<string, string> = new Map([
  ['Y', 'yyyy'],
  ['m', 'MM'],
  ['d', 'dd'],
  ['H', 'HH'],
  ['M', 'mm'],
  ['S', 'ss'],
  ['f', 'SSSSSS'],
  ['z', 'Z'],
]);

/** A pattern of C's strptime (`%d/%m/%Y`) as one of Java's DateTimeFormatter; null where there is none that we read. */
export function dateFormat(strptime: string): string | null {
  let format = '';
  for (const [whole, letter] of strptime.matchAll(/%(.)|[^%]+|%/gsu)) {
    const java = letter === undefined ? literal(whole) : LETTERS.get(letter);
    if (java === undefined || whole === '%') return null;
    format += java;
  }
  return format === '' || !strptime.includes('%') ? null : format;
}

/** Letters mean something in Java's patterns unless they are quoted. */
function literal(text: string): string {
  return text.replaceAll("'", "''").replace(/[A-Za-z]+/g, "'$&'");
}

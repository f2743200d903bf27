/** Errors of DuckDB that come from a value of the data, and quote it: it may be personal. */
const OF_VALUES = /^(Conversion|Out of Range|Invalid Input|Invalid|Constraint|Syntax) Error\b/;
/** A type that a value could not be converted to, as the end of such a message names it. */
const TO_TYPE =
  /\b(?:to|for the) (?:destination )?(?:type )?(U?(?:TINY|SMALL|BIG|HUGE)INT|U?INT(?:EGER|8|16|32|64|128)?|DOUBLE|FLOAT|DECIMAL\(\d{1,2},\d{1,2}\)|BOOL(?:EAN)?|DATE|TIME|TIMESTAMP(?: WITH TIME ZONE)?|UUID|INTERVAL)(?!\w)/;
const FIELD = /\binvalid (date|time|timestamp) field format\b/;

/** What the engine says of a query that failed, in one line and without any value of the data. */
export function withoutValues(message: string): string {
  const [kind, name] = OF_VALUES.exec(message) ?? [];
  if (kind === undefined || name === undefined) return firstLine(message);
  const type = TO_TYPE.exec(message)?.[1] ?? FIELD.exec(message)?.[1];
  switch (name) {
    case 'Conversion':
      return `${kind}: a value can’t be converted${type === undefined ? '' : ` to ${type}`}`;
    case 'Out of Range':
      return `${kind}: a value or a result is beyond what its type holds`;
    default:
      return `${kind}: a value is not what is expected of it`;
  }
}

/** The same of a file that could not be read, whose damage DuckDB describes beside the values that it quotes. */
export function readingWords(message: string): string {
  if (/^(Conversion|Out of Range) Error\b/.test(message)) return withoutValues(message);
  // The path, which names folders of this machine, is quoted in two ways.
  return firstLine(message.replace(/"[\s\S]*"|"[\s\S]*$/, '…').replace(/'\/[^']*'/g, '…'));
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').slice(0, 500);
}

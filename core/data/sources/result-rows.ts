/** A column of a query's result, as a warehouse states it. */
export interface ResultColumn {
  readonly name: string;
  readonly kind: 'number' | 'boolean' | 'text' | 'date' | 'time' | 'timestamp' | 'json';
}

/** Warehouses give every value as text. */
export type ResultRow = readonly (string | null)[];

/**
 * A row as a line of JSON. Numbers keep their digits, which a conversion to a double would not.
 * @throws RangeError for a row of another width
 */
export function jsonLine(columns: readonly ResultColumn[], row: ResultRow): string {
  if (row.length !== columns.length) throw new RangeError(`a row of ${row.length} values, expected ${columns.length}`);
  const fields = columns.map(({ name, kind }, at) => `${JSON.stringify(name)}:${jsonValue(kind, row[at] ?? null)}`);
  return `{${fields.join(',')}}\n`;
}

function jsonValue(kind: ResultColumn['kind'], text: string | null): string {
  if (text === null) return 'null';
  if (kind === 'number' && /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) return text;
  if (kind === 'boolean' && /^(?:true|false)$/i.test(text)) return text.toLowerCase();
  // Written anew, large integers would lose digits and a name that is there twice would be there once.
  if (kind === 'json' && isJson(text)) return text.replaceAll(/[\r\n]/g, ' ');
  return JSON.stringify(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Snowflake's dates (days since 1970), times and timestamps (seconds since 1970, with a fraction) as others write them. */
export function snowflakeTime(kind: 'date' | 'time' | 'timestamp', text: string): string {
  const [, sign = '', whole = '', fraction = '', offset] =
    /^(-?)(\d{1,15})(?:\.(\d{1,9}))?(?: (\d{1,4}))?$/.exec(text) ?? [];
  if (whole === '') return text;
  if (kind === 'date') return isoOf(Number(sign + whole) * 86_400_000).slice(0, 10);
  const nanos = BigInt(fraction.padEnd(9, '0')) * (sign === '' ? 1n : -1n) + BigInt(sign + whole) * 1_000_000_000n;
  // Minutes east of Greenwich, with 1,440 added.
  const minutes = offset === undefined ? 0 : Number(offset) - 1440;
  const local = nanos + BigInt(minutes) * 60_000_000_000n;
  const seconds = local >= 0n ? local / 1_000_000_000n : -((-local + 999_999_999n) / 1_000_000_000n);
  const rest = (local - seconds * 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
  const iso = isoOf(Number(seconds) * 1000).slice(0, -5);
  const shown = `${kind === 'time' ? iso.slice(11) : iso.replace('T', ' ')}${rest === '' ? '' : `.${rest}`}`;
  if (offset === undefined) return shown;
  const [hours, left] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${shown}${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(left).padStart(2, '0')}`;
}

function isoOf(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? String(milliseconds) : date.toISOString();
}

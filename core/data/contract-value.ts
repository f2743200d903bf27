/** A scalar of a contract as text; empty for a list or a mapping, which may hold a `toString` that is no function. */
export function scalarText(value: unknown): string {
  return typeof value === 'object' && value !== null ? '' : String(value);
}

/** Any value of a contract as messages show it, integers of any size among them. */
export function shownValue(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'bigint' || (typeof part === 'number' && !Number.isFinite(part)) ? String(part) : part,
  );
  return (text ?? 'nothing').slice(0, 300).toWellFormed();
}

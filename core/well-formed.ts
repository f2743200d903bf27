/**
 * JSON with every half of a surrogate pair as U+FFFD, in values of any depth. RFC 8785 can't say such halves, so nothing
 * that holds one can be signed; and they come easily: as `\ud83d` in the JSON of a hostile job, or where a message was cut
 * inside an emoji. A run must not stay open for ever because of it.
 */
export function wellFormed<T>(value: T): T {
  // Each case gives back the shape that came in.
  if (typeof value === 'string') return value.toWellFormed() as T;
  if (Array.isArray(value)) return value.map((item: unknown) => wellFormed(item)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, wellFormed(item)])) as T;
}

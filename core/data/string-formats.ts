/**
 * Formats of text that a contract may name instead of a pattern, as patterns of `pattern.ts`. They ask for the shape
 * that everybody agrees on; whether an address exists nobody can tell from a file.
 */
export const FORMAT_PATTERNS: ReadonlyMap<string, string> = new Map([
  ['email', '^[^@\\s]+@[^@\\s]+\\.[^@\\s.]+$'],
  ['uuid', '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$'],
  ['uri', '^[A-Za-z][A-Za-z0-9+.\\-]*:[^\\s]+$'],
  ['url', '^[Hh][Tt][Tt][Pp][Ss]?://[^\\s/?#]+[^\\s]*$'],
  ['ipv4', '^(25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}$'],
  ['date', '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$'],
]);

export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain };

const DEPTH = 8;
const ITEMS = 200;
/** Characters. */
const TEXT = 16_384;
const STACK_LINES = 12;

/**
 * Anything as plain JSON, cut to a size that a log takes: an error with its name, code, message, stack and causes but not
 * what libraries hang on it (requests with their headers), bytes as their number, what is deep or circular as words.
 * Never throws.
 */
export function plain(value: unknown, depth = 0, path: readonly object[] = []): Plain {
  switch (typeof value) {
    case 'string':
      return value.length <= TEXT ? value : `${value.slice(0, TEXT)}… (${value.length} characters)`;
    case 'number':
      // JSON knows no -0.
      return Number.isFinite(value) ? value + 0 : String(value);
    case 'boolean':
      return value;
    case 'bigint':
      return String(value);
    case 'object':
      return value === null ? null : plainObject(value, depth, path);
    default:
      return `(${typeof value})`;
  }
}

function plainObject(value: object, depth: number, path: readonly object[]): Plain {
  if (path.includes(value)) return '(circular)';
  if (depth >= DEPTH) return '(nested too deep)';
  const within = (inner: unknown): Plain => plain(inner, depth + 1, [...path, value]);
  try {
    if (value instanceof Error) return plainError(value, within);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    if (value instanceof URL) return value.href;
    if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`;
    if (Array.isArray(value) || value instanceof Set) return [...value].slice(0, ITEMS).map(within);
    const entries = value instanceof Map ? [...value].map(([key, one]) => [String(key), one]) : Object.entries(value);
    return object(
      entries
        .slice(0, ITEMS)
        .filter(([, one]) => one !== undefined)
        .map(([key, one]) => [key, within(one)]),
    );
  } catch {
    // A getter that throws, a proxy that was revoked.
    return '(unreadable)';
  }
}

function plainError(error: Error, within: (inner: unknown) => Plain): Plain {
  const known: Record<string, unknown> = { ...error };
  const told = ['code', 'status'].filter((name) => ['string', 'number'].includes(typeof known[name]));
  return object([
    ['name', within(error.name)],
    ...told.map((name): [string, Plain] => [name, within(known[name])]),
    ['message', within(error.message)],
    ...(error.stack === undefined
      ? []
      : [['stack', within(error.stack.split('\n').slice(0, STACK_LINES).join('\n'))] satisfies [string, Plain]]),
    ...(error.cause === undefined ? [] : [['cause', within(error.cause)] satisfies [string, Plain]]),
    ...(error instanceof AggregateError ? [['errors', within(error.errors)] satisfies [string, Plain]] : []),
  ]);
}

/** Without a prototype's setters: `__proto__` is a name like any other. */
function object(entries: readonly (readonly [string, Plain])[]): Plain {
  return Object.fromEntries(entries);
}

import { canonicalJson } from '../canonical.ts';

export interface Difference {
  readonly key: string;
  /** JSON text; null where the side doesn't have the key. */
  readonly from: string | null;
  readonly to: string | null;
}

/** Where two JSON values differ, by the deepest keys that do. Lists are compared whole. */
export function difference(from: unknown, to: unknown, key: string): Difference[] {
  if (isRecord(from) && isRecord(to)) {
    const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
    return names.flatMap((name) => difference(own(from, name), own(to, name), `${key}.${name}`));
  }
  const [before, after] = [text(from), text(to)];
  return before === after ? [] : [{ key, from: before, to: after }];
}

function text(value: unknown): string | null {
  return value === undefined ? null : canonicalJson(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(record: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

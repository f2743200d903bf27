import type { data } from '@actions/expressions';
import { expressions } from './github-packages.ts';

/** What an expression can yield or read, as plain JSON. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };
export type ValueMap = { readonly [key: string]: Value };

const { data: kinds } = expressions;

/** Plain JSON to the data of GitHub's expression evaluator. Dictionary keys compare without case, as on GitHub. */
export function toData(value: Value | undefined): data.ExpressionData {
  if (value === null || value === undefined) return new kinds.Null();
  if (typeof value === 'string') return new kinds.StringData(value);
  if (typeof value === 'number') return new kinds.NumberData(value);
  if (typeof value === 'boolean') return new kinds.BooleanData(value);
  if (Array.isArray(value)) return toArray(value);
  return toDictionary(Object.entries(value));
}

function toArray(items: readonly Value[]): data.Array {
  const array = new kinds.Array();
  for (const item of items) array.add(toData(item));
  return array;
}

export function toDictionary(entries: Iterable<readonly [string, Value | undefined]>): data.Dictionary {
  const dictionary = new kinds.Dictionary();
  for (const [key, value] of entries) dictionary.add(key, toData(value));
  return dictionary;
}

/** The inverse of {@link toData}. */
export function fromData(value: data.ExpressionData): Value {
  switch (value.kind) {
    case kinds.Kind.Null:
      return null;
    case kinds.Kind.String:
    case kinds.Kind.Number:
    case kinds.Kind.Boolean:
      return value.value;
    case kinds.Kind.Array:
      return value.values().map(fromData);
    case kinds.Kind.Dictionary:
      return Object.fromEntries(value.pairs().map((pair) => [pair.key, fromData(pair.value)]));
  }
}

/** A value as the text that GitHub puts into a string: `true`, `1`, ``, `Object`, `Array`. */
export function toText(value: Value): string {
  return toData(value).coerceString();
}

/** GitHub's truth: false, 0, '' and null are false, all else is true. */
export function isTruthy(value: Value): boolean {
  return value !== null && value !== false && value !== 0 && value !== '' && !Number.isNaN(value);
}

export function isMap(value: unknown): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

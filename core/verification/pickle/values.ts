import type { Grade } from './globals.ts';

/**
 * What stands on the unpickler's stack, as far as a scan must know it: names, for they decide what is imported, and the
 * arguments of the few callables that are harmless only with some. All else is `DATA`.
 */
export type Value = number | string | boolean | null | Data | Bytes | Tuple | Dict | Global | Made;

/** A number, text, list or set of which only the kind matters. */
export interface Data {
  readonly kind: 'data';
}

/** Bytes that stand in the file. */
export interface Bytes {
  readonly kind: 'bytes';
  readonly start: number;
  readonly length: number;
}

export interface Tuple {
  readonly kind: 'tuple';
  /** The first ones. */
  readonly items: readonly Value[];
  readonly length: number;
}

export interface Dict {
  readonly kind: 'dict';
  /** The few entries that a check may ask for. */
  entries: Map<string, Value> | null;
  /** Whether a value is a type of NumPy that holds Python objects. */
  objects: boolean;
  /** Whether a key came out of a call: it may be any text. */
  madeKeys: boolean;
}

export interface Global {
  readonly kind: 'global';
  readonly module: string;
  readonly name: string;
  /** Null where nothing says that it is harmless. */
  readonly grade: Grade | null;
}

/** What came out of a call or instantiation. */
export interface Made {
  readonly kind: 'made';
  readonly of: Global | null;
  readonly args: Value;
  /** What `BUILD` gave it, where a later check asks for it. */
  state?: Value;
}

export const DATA: Data = { kind: 'data' };
export const EMPTY_TUPLE: Tuple = { kind: 'tuple', items: [], length: 0 };

export const MAX_ITEMS = 64;

export function tupleOf(items: readonly Value[]): Tuple {
  return { kind: 'tuple', items: items.length > MAX_ITEMS ? items.slice(0, MAX_ITEMS) : items, length: items.length };
}

export function newDict(): Dict {
  return { kind: 'dict', entries: null, objects: false, madeKeys: false };
}

export function isObject(value: Value | undefined): value is Exclude<Value, number | string | boolean | null> {
  return typeof value === 'object' && value !== null;
}

export function isGlobal(value: Value | undefined): value is Global {
  return isObject(value) && value.kind === 'global';
}

export function nameOf({ module, name }: Pick<Global, 'module' | 'name'>): string {
  return `${module}.${name}`;
}

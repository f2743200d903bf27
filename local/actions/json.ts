import { z } from 'zod';
import { toText, type ValueMap } from '../workflows/values.ts';

const jsonMap = z.record(z.string(), z.json());
export type JsonMap = z.infer<typeof jsonMap>;

/** A value as it would arrive over the wire: no `undefined`, no class instances. */
export function toJsonMap(value: unknown): JsonMap {
  return jsonMap.parse(JSON.parse(JSON.stringify(value)));
}

/** A map of texts from a map of values. */
export function textsOf(values: ValueMap): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toText(value)]));
}

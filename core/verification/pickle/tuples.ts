import type { Machine } from './machine.ts';
import { EMPTY_TUPLE, isTuple, unkept, type Value } from './values.ts';

/** The first items of a tuple; no check asks for more. */
const MAX_ITEMS = 64;
/** Values in a tuple and those in it. */
const MAX_WEIGHT = 128;
/** Of a tuple that stays in one that is too heavy. */
const MAX_LIGHT = 16;

/** The tuple of what stands on the stack from `start` on, and stays there. */
export function tupleOf(machine: Machine, start: number): Value {
  const { stack } = machine;
  if (stack.depth <= start) return EMPTY_TUPLE;
  const items = stack.slice(start, start + MAX_ITEMS);
  let [weight, objects] = [1, false];
  for (const item of items) weight += 1 + (isTuple(item) ? item.weight : 0);
  for (let at = start; at < stack.depth; at += 1) objects = machine.holdsObjects(stack.at(at)) || objects;
  const length = stack.depth - start;
  if (weight <= MAX_WEIGHT) return { items, length, weight, objects };
  // The names of a type with many fields are long, and what stands beside them is asked for.
  const light = items.map((item) => (isTuple(item) && item.weight > MAX_LIGHT ? unkept(item) : item));
  weight = light.reduce<number>((sum, item) => sum + 1 + (isTuple(item) ? item.weight : 0), 1);
  return weight > MAX_WEIGHT ? unkept({ items, objects }) : { items: light, length, weight, objects };
}

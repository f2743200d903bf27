import type { Machine } from './machine.ts';
import { EMPTY_TUPLE, isTuple, type Tuple, unkept, type Value } from './values.ts';

/** The first items of a tuple; no check asks for more. */
const MAX_ITEMS = 64;
/** Values in a tuple and those in it. */
const MAX_WEIGHT = 128;

/** The tuple of what stands on the stack from `start` on, and stays there. */
export function tupleOf(machine: Machine, start: number): Value {
  const { stack } = machine;
  if (stack.depth <= start) return EMPTY_TUPLE;
  const items = stack.slice(start, start + MAX_ITEMS);
  let [weight, objects] = [1, false];
  for (const item of items) weight += 1 + (isTuple(item) ? item.weight : 0);
  for (let at = start; at < stack.depth; at += 1) objects = machine.holdsObjects(stack.at(at)) || objects;
  const made: Tuple = { items, length: stack.depth - start, weight, objects };
  return weight > MAX_WEIGHT ? unkept(made) : made;
}

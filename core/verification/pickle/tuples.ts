import type { Machine } from './machine.ts';
import { costOf, depthOf, EMPTY_TUPLE, isFrozen, isTuple, unkept, type Value } from './values.ts';

/** The first items of a tuple; no check asks for more. */
const MAX_ITEMS = 64;
/** Values in a tuple and those in it. */
const MAX_WEIGHT = 128;
/** Of a tuple that stays in one that is too heavy. */
const MAX_LIGHT = 16;

/** As `tupleOf`, of values. */
export function tupleFrom(machine: Machine, items: readonly Value[]): Value {
  const { stack } = machine;
  const start = stack.depth;
  for (const item of items) stack.push(item);
  const made = tupleOf(machine, start);
  stack.drop(start);
  return made;
}

/** The tuple of what stands on the stack from `start` on, and stays there. */
export function tupleOf(machine: Machine, start: number): Value {
  const { stack } = machine;
  if (stack.depth <= start) return EMPTY_TUPLE;
  const items = stack.slice(start, start + MAX_ITEMS);
  let weight = 1;
  let objects = false;
  let cost = 1;
  let depth = 0;
  for (const item of items) weight += 1 + (isTuple(item) ? item.weight : 0);
  for (let at = start; at < stack.depth; at += 1) {
    const item = stack.at(at);
    objects = machine.holdsObjects(item) || objects;
    if (isFrozen(item)) {
      cost += costOf(item);
      depth = Math.max(depth, depthOf(item));
    } else cost += 1;
  }
  depth = machine.sharing.nested(depth);
  const length = stack.depth - start;
  if (weight <= MAX_WEIGHT) return { items, length, weight, objects, cost, depth };
  // The names of a type with many fields are long, and what stands beside them is asked for.
  const light = items.map((item) => (isTuple(item) && item.weight > MAX_LIGHT ? unkept(item) : item));
  weight = light.reduce<number>((sum, item) => sum + 1 + (isTuple(item) ? item.weight : 0), 1);
  return weight > MAX_WEIGHT
    ? unkept({ items, objects, cost, depth })
    : { items: light, length, weight, objects, cost, depth };
}

import { ScanError } from '../format.ts';
import { buffersOf, isArray, written } from './arrow.ts';
import { build, call, instantiate, make } from './calls.ts';
import type { Field } from './changing.ts';
import { dataOpcodes, line, unsigned } from './data.ts';
import { nameOf } from './globals.ts';
import type { Machine } from './machine.ts';
import { planted } from './planted.ts';
import { isHashedByState } from './sharing.ts';
import { tupleOf } from './tuples.ts';
import {
  depthOf,
  EMPTY_LIST,
  EMPTY_TUPLE,
  frozen,
  GLOBAL,
  globalOf,
  isFrozen,
  isText,
  isTuple,
  kindOf,
  listCost,
  listOf,
  NONE,
  numberOf,
  payloadOf,
  SHARED_LIST,
  textAt,
  type Value,
  WORD,
} from './values.ts';
import { wordOf } from './words.ts';

export type Handler = (machine: Machine) => void;

const set = new Map<string, Handler>();

function on(opcodes: string, handler: Handler): void {
  for (const opcode of opcodes) set.set(opcode, handler);
}

/** A memo index as `int` reads it. */
function index(machine: Machine): number {
  const short = machine.cursor.shortNumber();
  if (short >= 0) return short;
  const [, digits] = /^(?:\+?(\d+(?:_\d+)*)|-0+)$/.exec(line(machine).trim()) ?? [null, null];
  if (digits === null) throw new ScanError('malformed', 'a memo index that is no number', machine.at);
  const number = Number(digits?.replaceAll('_', '') ?? 0);
  // Of larger ones two would be one.
  if (!Number.isSafeInteger(number)) throw new ScanError('too_large', 'a memo index of more than 2⁵³', machine.at);
  return number;
}

dataOpcodes(on);

// Containers.
on(']\x8f', ({ stack }) => stack.push(EMPTY_LIST));
on('}', ({ stack, changing }) => stack.push(changing.newDict()));
on(')', ({ stack }) => stack.push(EMPTY_TUPLE));
on('t', (machine) => tuple(machine, machine.stack.unmark()));
on('\x85', (machine) => tuple(machine, machine.stack.down(1)));
on('\x86', (machine) => tuple(machine, machine.stack.down(2)));
on('\x87', (machine) => tuple(machine, machine.stack.down(3)));
on('l', (machine) => {
  machine.stack.push(listOf(add(machine, machine.stack.unmark())));
});
on('\x91', (machine) => {
  const start = machine.stack.unmark();
  const depth = machine.sharing.nested(depthFrom(machine, start));
  machine.stack.push(frozen(1 + add(machine, start), depth));
});
on('d', (machine) => {
  const made = machine.changing.newDict();
  fill(machine, made, machine.stack.unmark());
  machine.stack.push(made);
});
on('a', (machine) => {
  append(machine, machine.stack.down(1));
});
on('e\x90', (machine) => {
  append(machine, machine.stack.unmark());
});
on('s', (machine) => fill(machine, null, machine.stack.down(2)));
on('u', (machine) => fill(machine, null, machine.stack.unmark()));

function tuple(machine: Machine, start: number): void {
  const { stack } = machine;
  for (let at = start; at < stack.depth; at += 1) machine.stored(stack.at(at));
  const made = tupleOf(machine, start);
  stack.drop(start);
  stack.push(made);
}

/** Takes what is put into something. @returns what it costs */
function add(machine: Machine, start: number): number {
  const { stack } = machine;
  let cost = 0;
  for (let at = start; at < stack.depth; at += 1) {
    const value = stack.at(at);
    machine.stored(value);
    cost += isFrozen(value) ? machine.sharing.listed(value) : 1;
  }
  stack.drop(start);
  return cost;
}

function depthFrom({ stack }: Machine, start: number): number {
  let depth = 0;
  for (let at = start; at < stack.depth; at += 1) depth = Math.max(depth, depthOf(stack.at(at)));
  return depth;
}

/** To what stands below it. */
function append(machine: Machine, start: number): void {
  const { stack } = machine;
  const buffers = buffersOf(machine, start);
  const cost = add(machine, start);
  untouchable(machine, stack.top);
  const before = listCost(stack.top);
  if (buffers !== null) stack.become(buffers);
  else if (before !== null) stack.become(listOf(before + cost));
  else written(machine, stack.top);
}

/** Sets items of a dictionary, or of what stands below them. */
function fill(machine: Machine, made: Value | null, start: number): void {
  const { stack } = machine;
  const target = made ?? stack.below(start);
  untouchable(machine, target);
  written(machine, target);
  for (let at = start; at < stack.depth; at += 2) {
    const key = stack.at(at);
    machine.stored(key);
    // Python raises for a key alone.
    if (at + 1 < stack.depth) item(machine, target, key, stack.at(at + 1));
  }
  stack.drop(start);
}

function item(machine: Machine, target: Value, key: Value, value: Value): void {
  const { changing } = machine;
  machine.stored(value);
  planted(machine, key, value);
  if (!changing.isDict(target)) return;
  const kind = kindOf(key);
  if (kind === WORD && typeof key === 'number') keep(machine, target, wordOf(payloadOf(key)), value);
  if (kind === GLOBAL || changing.isMade(key)) changing.madeKey(target);
  const made = machine.globalOf(value, true);
  if (made !== null && nameOf(made) === 'builtins.range') changing.holdRange(target);
  if (machine.holdsObjects(value)) machine.nowHoldsObjects(target);
  const field = fieldOf(machine, value);
  if (field === null) changing.holdOther(target, isFrozen(value) || isMadeHashed(machine, value));
  else changing.holdField(target, field);
  if (changing.isLaid(target)) {
    const message = 'it changes the fields of a NumPy type that was made of them';
    machine.report({ rule: 'pickle-numpy-type', severity: 'high', message });
  }
}

function isMadeHashed(machine: Machine, value: Value): boolean {
  const made = kindOf(value) === GLOBAL ? machine.globalOf(value, true) : null;
  return made !== null && isHashedByState(made);
}

/** `(type, offset)` or `(type, offset, title)`, as a record has them; null for all else. */
function fieldOf({ changing }: Machine, value: Value): Field | null {
  if (!isTuple(value) || value.length < 2 || value.length > 3) return null;
  const [type, start] = [value.items[0], numberOf(value.items[1])];
  const size = changing.sizeOf(type);
  return type === undefined || start === null || size === null ? null : { type, start, size };
}

/** What the state of joblib's wrapper, a distribution of SciPy or an array of pandas is asked for. */
function keep(machine: Machine, target: Value, key: string, value: Value): void {
  const { changing } = machine;
  if (key === '_pa_array' || key === '_data') changing.holdArray(target, isArray(machine, value));
  if (key === 'shape') changing.keepEntries(target, (entries) => Object.assign(entries, { shape: value }));
  if (key === 'relative_path') changing.keepEntries(target, (entries) => Object.assign(entries, { path: value }));
  if (key === 'offset') changing.keepEntries(target, (entries) => Object.assign(entries, { offset: value }));
  if (key === 'length') changing.keepEntries(target, (entries) => Object.assign(entries, { length: value }));
  if (key === '_parse_arg_template')
    changing.keepEntries(target, (entries) => Object.assign(entries, { template: value }));
  if (key === 'dtype') changing.keepEntries(target, (entries) => Object.assign(entries, { dtype: value }));
  if (key === 'numpy_array_alignment_bytes')
    changing.keepEntries(target, (entries) => Object.assign(entries, { aligned: value !== NONE }));
}

/** Nothing that was imported may be changed: it is shared by the whole process. */
function untouchable(machine: Machine, target: Value): void {
  const found = machine.globalOf(target);
  if (found === null) return;
  machine.report({
    rule: 'pickle-changes-import',
    severity: 'high',
    message: `it changes ${nameOf(found)} itself, for the whole process`,
  });
}

// Stack and memo.
on('(', ({ stack }) => stack.mark());
on('0', ({ stack }) => void (stack.empty ? stack.unmark() : stack.pop()));
on('1', ({ stack }) => stack.drop(stack.unmark()));
on('2', ({ stack, sharing }) => {
  if (listCost(stack.top) !== null) stack.become(SHARED_LIST);
  stack.push(sharing.again(stack.top));
});
on('g', (machine) => machine.get(index(machine)));
on('h', (machine) => machine.get(unsigned(machine, 1)));
on('j', (machine) => machine.get(unsigned(machine, 4)));
on('p', (machine) => machine.memo.put(index(machine), machine.stack.top));
on('q', (machine) => machine.memo.put(unsigned(machine, 1), machine.stack.top));
on('r', (machine) => machine.memo.put(unsigned(machine, 4), machine.stack.top));
on('\x94', ({ memo, stack }) => memo.put(memo.size, stack.top));

// Imports, calls and what else reaches out.
on('c', (machine) => {
  const module = line(machine);
  machine.stack.push(machine.import(module, line(machine)));
});
on('\x93', (machine) => {
  const [name, module] = [machine.stack.pop(), machine.stack.pop()];
  machine.stack.push(machine.importListed(module, name) ?? importNamed(machine, module, name));
});

function importNamed(machine: Machine, module: Value, name: Value): Value {
  const [from, called] = [machine.textOf(module), machine.textOf(name)];
  if (from !== null && called !== null) return machine.import(from, called);
  const lost = isText(module) && isText(name);
  const message = lost ? 'it imports something by a name that it read long before' : NOT_PLAIN;
  machine.report({ rule: 'pickle-unresolved-import', severity: 'high', message });
  return unknown(machine, '?');
}

const NOT_PLAIN = 'it imports something whose name is not plain text';

function unknown({ imports }: Machine, name: string): Value {
  return globalOf(imports.add({ module: '?', name, grade: null }), false);
}

for (const [power, opcode] of ['\x82', '\x83', '\x84'].entries())
  on(opcode, (machine) => extension(machine, 2 ** power));

function extension(machine: Machine, length: number): void {
  const code = unsigned(machine, length);
  const message = `extension code ${code} stands for whatever the reader's registry says`;
  machine.report({ rule: 'pickle-extension', severity: 'high', message });
  machine.stack.push(unknown(machine, `extension ${code}`));
}

on('R', (machine) => {
  const args = machine.stack.pop();
  machine.stack.push(call(machine, machine.stack.pop(), args));
});
on('\x81', (machine) => {
  const args = machine.stack.pop();
  machine.stack.push(make(machine, machine.stack.pop(), args));
});
on('\x92', (machine) => {
  machine.stack.pop();
  const args = machine.stack.pop();
  machine.stack.push(make(machine, machine.stack.pop(), args));
});
on('i', (machine) => {
  const module = line(machine);
  const found = machine.import(module, line(machine));
  const start = machine.stack.unmark();
  const args = tupleOf(machine, start);
  machine.stack.drop(start);
  machine.stack.push(instantiate(machine, found, args));
});
on('o', (machine) => {
  const start = machine.stack.unmark();
  if (start === machine.stack.depth) throw new ScanError('malformed', 'an instance of nothing', machine.at);
  const [found, args] = [machine.stack.at(start), tupleOf(machine, start + 1)];
  machine.stack.drop(start);
  machine.stack.push(instantiate(machine, found, args));
});
on('b', (machine) => {
  const state = machine.stack.pop();
  untouchable(machine, machine.stack.top);
  build(machine, machine.stack.top, state);
});
on('P', (machine) => {
  line(machine);
  machine.stack.push(machine.observer.persistent(textAt(machine.at, false), machine.at, machine));
});
on('Q', (machine) => machine.stack.push(machine.observer.persistent(machine.stack.pop(), machine.at, machine)));

// The frame of the stream.
on('\x80', (machine) => {
  const protocol = unsigned(machine, 1);
  if (protocol > 5) throw new ScanError('malformed', `protocol ${protocol}, and there are 0 to 5`, machine.at);
  machine.protocol = protocol;
});
on('\x95', (machine) => {
  const length = unsigned(machine, 8);
  if (length > machine.cursor.end - machine.cursor.position)
    throw new ScanError('malformed', `a frame of ${length} bytes goes past the end`, machine.at);
});

/** By opcode. */
export const HANDLERS: readonly (Handler | undefined)[] = Array.from({ length: 256 }, (_, op) =>
  set.get(String.fromCharCode(op)),
);

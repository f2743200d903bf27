import { ScanError } from '../format.ts';
import { build, call, instantiate, make } from './calls.ts';
import { hasObjects } from './checks.ts';
import { withoutEscapes } from './escapes.ts';
import type { Machine } from './machine.ts';
import { mayHide } from './nested.ts';
import { planted } from './planted.ts';
import { DATA, type Dict, EMPTY_TUPLE, isObject, newDict, tupleOf, type Value } from './values.ts';

export type Handler = (machine: Machine) => void;

/** Longer text names nothing that is on a list. */
const MAX_TEXT = 128;
const MAX_LINE = 1024;
/** Bytes: no pickle that calls something is shorter. */
const SHORTEST_CONTENT = 8;

const set = new Map<string, Handler>();

function on(opcodes: string, handler: Handler): void {
  for (const opcode of opcodes) set.set(opcode, handler);
}

const unsigned = (machine: Machine, length: number): number => machine.cursor.unsigned(length);
const line = (machine: Machine): string => Buffer.from(machine.cursor.line(MAX_LINE)).toString('utf8');
const index = (machine: Machine): number => {
  const text = line(machine);
  const number = Number(text.trim());
  if (!Number.isInteger(number)) throw new ScanError('malformed', 'a memo index that is no number', machine.at);
  return number;
};

function text(machine: Machine, length: number): void {
  if (length > MAX_TEXT) {
    content(machine, length);
    machine.stack.push(DATA);
    return;
  }
  const { cursor } = machine;
  if (length < SHORTEST_CONTENT || !mayHide(cursor.peek())) {
    machine.pushText(cursor.text(length));
    return;
  }
  const start = cursor.position;
  const found = cursor.bytes(length);
  machine.pushText(Buffer.from(found).toString('utf8'));
  machine.observer.content(start, length, found);
}

function bytes(machine: Machine, length: number): void {
  const start = machine.cursor.position;
  content(machine, length);
  machine.stack.push({ kind: 'bytes', start, length });
}

/** Skips content, and shows its start. */
function content(machine: Machine, length: number): void {
  const { cursor, observer } = machine;
  const start = cursor.position;
  if (length > cursor.end - start || length < SHORTEST_CONTENT || !mayHide(cursor.peek())) {
    cursor.skip(length);
    return;
  }
  const head = cursor.bytes(Math.min(length, 64));
  cursor.skip(length - head.length);
  observer.content(start, length, head);
}

function lineOfText(machine: Machine, quoted: boolean): void {
  const start = machine.cursor.position;
  const source = line(machine);
  const inner = quoted ? source.replace(/^(['"])([\s\S]*)\1\s*$/, '$2') : source;
  const length = machine.cursor.position - start - 1;
  if (length >= SHORTEST_CONTENT) machine.observer.content(start, length, Buffer.from(inner.slice(0, 64)));
  if (source.length >= MAX_LINE) machine.stack.push(DATA);
  else machine.pushText(withoutEscapes(inner));
}

// Constants.
on('N', ({ stack }) => stack.push(null));
on('\x88', ({ stack }) => stack.push(true));
on('\x89', ({ stack }) => stack.push(false));
on('K', (machine) => machine.stack.push(unsigned(machine, 1)));
on('M', (machine) => machine.stack.push(unsigned(machine, 2)));
on('J', (machine) => machine.stack.push(unsigned(machine, 4) | 0));
on('I', (machine) => {
  const found = line(machine);
  const number = Number(found);
  machine.stack.push(found === '00' ? false : found === '01' ? true : Number.isSafeInteger(number) ? number : DATA);
});
on('L', (machine) => {
  const number = Number(line(machine).replace(/L$/, ''));
  machine.stack.push(Number.isSafeInteger(number) ? number : DATA);
});
on('F', (machine) => {
  line(machine);
  machine.stack.push(DATA);
});
on('G', (machine) => {
  machine.cursor.skip(8);
  machine.stack.push(DATA);
});
on('\x8a', (machine) => long(machine, unsigned(machine, 1)));
on('\x8b', (machine) => long(machine, signed(machine)));

function signed(machine: Machine): number {
  const length = unsigned(machine, 4);
  if (length >= 2 ** 31) throw new ScanError('malformed', 'a negative length', machine.at);
  return length;
}

/** A little-endian number in two's complement; those above six bytes are only data. */
function long(machine: Machine, length: number): void {
  if (length > 6) {
    machine.cursor.skip(length);
    machine.stack.push(DATA);
    return;
  }
  const found = Buffer.from(machine.cursor.bytes(length));
  machine.stack.push(length === 0 ? 0 : found.readIntLE(0, length));
}

// Text and bytes.
on('S', (machine) => lineOfText(machine, true));
on('V', (machine) => lineOfText(machine, false));
on('T', (machine) => text(machine, signed(machine)));
on('U\x8c', (machine) => text(machine, unsigned(machine, 1)));
on('X', (machine) => text(machine, unsigned(machine, 4)));
on('\x8d', (machine) => text(machine, unsigned(machine, 8)));
on('C', (machine) => bytes(machine, unsigned(machine, 1)));
on('B', (machine) => bytes(machine, unsigned(machine, 4)));
on('\x8e\x96', (machine) => bytes(machine, unsigned(machine, 8)));
on('\x97', (machine) => {
  machine.report({
    rule: 'pickle-out-of-band',
    severity: 'low',
    message: 'it takes data from elsewhere, which this file does not hold',
  });
  machine.stack.push(DATA);
});
on('\x98', ({ stack }) => void stack.top);

// Containers.
on(']\x8f', ({ stack }) => stack.push(DATA));
on('}', ({ stack }) => stack.push(newDict()));
on(')', ({ stack }) => stack.push(EMPTY_TUPLE));
on('t', (machine) => tuple(machine, machine.stack.popMark()));
on('\x85', (machine) => tuple(machine, [machine.stack.pop()]));
on('\x86', (machine) => tuple(machine, [machine.stack.pop(), machine.stack.pop()].reverse()));
on('\x87', (machine) => tuple(machine, [machine.stack.pop(), machine.stack.pop(), machine.stack.pop()].reverse()));
on('l\x91', (machine) => {
  for (const value of machine.stack.popMark()) machine.stored(value);
  machine.stack.push(DATA);
});
on('d', (machine) => {
  const values = machine.stack.popMark();
  const made: Dict = newDict();
  fill(machine, made, values);
  machine.stack.push(made);
});
on('a', (machine) => add(machine, [machine.stack.pop()]));
on('e\x90', (machine) => add(machine, machine.stack.popMark()));
on('s', (machine) => fill(machine, null, [machine.stack.pop(), machine.stack.pop()].reverse()));
on('u', (machine) => fill(machine, null, machine.stack.popMark()));

function tuple(machine: Machine, values: Value[]): void {
  for (const value of values) machine.stored(value);
  machine.stack.push(tupleOf(values));
}

function add(machine: Machine, values: readonly Value[]): void {
  for (const value of values) machine.stored(value);
  untouchable(machine, machine.stack.top);
}

/** Sets items of a dictionary, or of what stands on top of the stack. */
function fill(machine: Machine, made: Dict | null, values: readonly Value[]): void {
  const target = made ?? machine.stack.top;
  untouchable(machine, target);
  for (let at = 0; at < values.length; at += 2) {
    const [key, value] = [values[at], values[at + 1]];
    if (key !== undefined) machine.stored(key);
    if (value === undefined) continue;
    machine.stored(value);
    planted(machine, key, value);
    if (!isObject(target) || target.kind !== 'dict') continue;
    if (typeof key === 'string' && KEPT.has(key)) keep(target, key, value);
    if (isObject(key) && key.kind === 'made') target.madeKeys = true;
    if (isObject(value) && hasObjects(value, 0)) target.objects = true;
  }
}

/** What the state of joblib's wrapper is asked for. */
const KEPT: ReadonlySet<string> = new Set(['shape', 'dtype', 'numpy_array_alignment_bytes']);

function keep(target: Dict, key: string, value: Value): void {
  target.entries ??= new Map();
  target.entries.set(key, value);
}

/** Nothing that was imported may be changed: it is shared by the whole process. */
function untouchable(machine: Machine, target: Value): void {
  if (!isObject(target) || target.kind !== 'global') return;
  machine.report({
    rule: 'pickle-changes-import',
    severity: 'high',
    message: `it changes ${target.module}.${target.name} itself, for the whole process`,
  });
}

// Stack and memo.
on('(', ({ stack }) => stack.mark());
on('0', ({ stack }) => void (stack.empty ? stack.popMark() : stack.pop()));
on('1', ({ stack }) => void stack.popMark());
on('2', ({ stack }) => stack.push(stack.top));
on('g', (machine) => machine.get(index(machine)));
on('h', (machine) => machine.get(unsigned(machine, 1)));
on('j', (machine) => machine.get(unsigned(machine, 4)));
on('p', (machine) => {
  const found = index(machine);
  if (found < 0) throw new ScanError('malformed', 'a negative memo index', machine.at);
  machine.put(found);
});
on('q', (machine) => machine.put(unsigned(machine, 1)));
on('r', (machine) => machine.put(unsigned(machine, 4)));
on('\x94', (machine) => machine.memoize());

// Imports, calls and what else reaches out.
on('c', (machine) => {
  const module = line(machine);
  machine.stack.push(machine.import(module, line(machine), 'opcode'));
});
on('\x93', (machine) => {
  const [name, module] = [machine.stack.pop(), machine.stack.pop()];
  if (typeof name === 'string' && typeof module === 'string') {
    machine.stack.push(machine.import(module, name, 'stack'));
    return;
  }
  const message = 'it imports something whose name is not plain text';
  machine.report({ rule: 'pickle-unresolved-import', severity: 'high', message });
  machine.stack.push({ kind: 'global', module: '?', name: '?', grade: null });
});
for (const [power, opcode] of ['\x82', '\x83', '\x84'].entries())
  on(opcode, (machine) => extension(machine, 2 ** power));

function extension(machine: Machine, length: number): void {
  const code = unsigned(machine, length);
  const message = `extension code ${code} stands for whatever the reader's registry says`;
  machine.report({ rule: 'pickle-extension', severity: 'high', message });
  machine.stack.push({ kind: 'global', module: '?', name: `extension ${code}`, grade: null });
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
  const found = machine.import(module, line(machine), 'opcode');
  machine.stack.push(instantiate(machine, found, tupleOf(machine.stack.popMark())));
});
on('o', (machine) => {
  const [found, ...args] = machine.stack.popMark();
  if (found === undefined) throw new ScanError('malformed', 'an instance of nothing', machine.at);
  machine.stack.push(instantiate(machine, found, tupleOf(args)));
});
on('b', (machine) => {
  const state = machine.stack.pop();
  untouchable(machine, machine.stack.top);
  build(machine, machine.stack.top, state);
});
on('P', (machine) => machine.stack.push(machine.observer.persistent(line(machine), machine.at)));
on('Q', (machine) => machine.stack.push(machine.observer.persistent(machine.stack.pop(), machine.at)));

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

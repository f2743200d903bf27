import { evidenceOf } from '../format.ts';
import { checkArguments, checkState } from './checks.ts';
import type { Machine } from './machine.ts';
import { DATA, type Global, isGlobal, isObject, type Made, nameOf, type Value } from './values.ts';

/** REDUCE: any callable with any arguments. */
export function call(machine: Machine, callee: Value, args: Value): Value {
  machine.observer.called?.(callee);
  if (!isGlobal(callee)) return refuse(machine, null, args, 'it calls something that it made itself');
  switch (callee.grade) {
    case null:
      return { kind: 'made', of: callee, args };
    case 'call':
      return { kind: 'made', of: callee, args };
    case 'checked':
      return checkArguments(machine, callee, args, { call, make, build });
    case 'name':
    case 'value':
      return refuse(machine, callee, args, `it calls ${nameOf(callee)}, which ordinary pickles never call`);
  }
}

/** NEWOBJ and NEWOBJ_EX: `cls.__new__(cls, *args)`. */
export function make(machine: Machine, type: Value, args: Value): Value {
  machine.observer.called?.(type);
  if (!isGlobal(type)) return refuse(machine, null, args, 'it instantiates something that it made itself');
  if (type.grade === 'checked' || type.grade === 'name')
    return refuse(machine, type, args, `it instantiates ${nameOf(type)}, which is no plain class`);
  return { kind: 'made', of: type, args };
}

/** INST and OBJ: a call, or without arguments `__new__`. */
export function instantiate(machine: Machine, type: Value, args: Value): Value {
  const empty = isObject(args) && args.kind === 'tuple' && args.length === 0;
  const plain = isGlobal(type) && type.grade === 'value' && empty;
  return plain ? make(machine, type, args) : call(machine, type, args);
}

/** BUILD: `__setstate__`, or attributes. */
export function build(machine: Machine, target: Value, state: Value): void {
  machine.stored(state);
  const parts = isObject(state) && state.kind === 'tuple' ? [state, ...state.items.slice(0, 2)] : [state];
  if (parts.some(hidesNames)) {
    const message = 'it sets attributes whose names are not in the file';
    machine.report({ rule: 'pickle-build', severity: 'high', message });
  }
  if (isObject(target) && target.kind === 'made' && target.of !== null) checkState(machine, target, target.of, state);
}

/** A mapping that is filled by calls, so that what it sets can't be seen. */
function hidesNames(state: Value): boolean {
  if (!isObject(state)) return false;
  if (state.kind === 'dict') return state.madeKeys;
  return state.kind === 'made' && state.of !== null && /^(builtins\.dict|collections\.)/.test(nameOf(state.of));
}

function refuse(machine: Machine, of: Global | null, args: Value, message: string): Made | typeof DATA {
  machine.report({
    rule: 'pickle-call',
    severity: 'high',
    message,
    ...(of === null ? {} : { evidence: evidenceOf(nameOf(of)) }),
  });
  return of === null ? DATA : { kind: 'made', of, args };
}

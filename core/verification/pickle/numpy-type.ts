import { evidenceOf } from '../format.ts';
import { type Global, nameOf } from './globals.ts';
import type { Machine } from './machine.ts';
import { isTuple, NONE, numberOf, type Tuple, type Value } from './values.ts';

/** What makes a type of NumPy, or joblib's wrapper of an array; null for all else. */
export function changingOf(machine: Machine, callee: Global, args: Value): Value | null {
  if (nameOf(callee) === 'joblib.numpy_pickle.NumpyArrayWrapper') return machine.changing.newWrapper();
  if (callee.module === 'numpy.dtypes') return machine.changing.newType(null);
  if (nameOf(callee) !== 'numpy.dtype') return null;
  const code = isTuple(args) ? machine.textOf(args.items[0]) : null;
  const made = machine.changing.newType(code);
  if (code !== null && !isPlain(code)) machine.changing.holdObjects(made);
  return made;
}

/** Numbers, text, dates and raw bytes. All else holds objects, or may: `i4,O8` is a record. */
function isPlain(code: string): boolean {
  return /^[<>=|]?[?biufcmMSaUV]\d*$/.test(code);
}

export function isObjectType(code: string): boolean {
  return /^[<>=|]?O\d*$/.test(code);
}

/**
 * `dtype.__setstate__` believes the flags that it is given, and a record with fields of Python objects whose flags deny
 * them makes NumPy take bytes of the file for pointers.
 */
export function checkTypeState(machine: Machine, made: Value, state: Value): void {
  const { changing } = machine;
  const items = isTuple(state) ? state.items : [];
  const [version, , subtype = NONE, , fields = NONE, , , flags] = items;
  const code = changing.codeOf(made);
  const inner = isTuple(subtype) ? subtype : null;
  const known =
    code !== null &&
    (isPlain(code) || isObjectType(code)) &&
    (subtype === NONE || (inner !== null && isSubtype(machine, inner))) &&
    (fields === NONE || changing.hasOnlyTuples(fields));
  if ([subtype, fields].some((part) => machine.holdsObjects(part))) machine.nowHoldsObjects(made);
  const objects = machine.holdsObjects(made);
  const honest = !objects || ((numberOf(flags) ?? 0) & 63) === 63;
  const current = numberOf(version) === 3 || numberOf(version) === 4;
  if (current && known && honest) return;
  const message = 'it gives a NumPy type a state that no NumPy writes, which makes bytes be taken for pointers';
  machine.report({
    rule: 'pickle-numpy-type',
    severity: 'high',
    message,
    ...(code === null ? {} : { evidence: evidenceOf(code) }),
  });
}

/** A type and a shape. */
function isSubtype({ changing }: Machine, { items, length }: Tuple): boolean {
  return length === 2 && changing.isType(items[0]);
}

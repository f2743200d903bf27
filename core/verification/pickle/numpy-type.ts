import { evidenceOf } from '../format.ts';
import type { Field } from './changing.ts';
import { type Global, nameOf } from './globals.ts';
import { isObjectType, itemSize } from './item-size.ts';
import type { Machine } from './machine.ts';
import { EMPTY_TUPLE, isTuple, NONE, numberOf, type Tuple, type Value } from './values.ts';

/** What makes a type of NumPy, or joblib's wrapper of an array; null for all else. */
export function changingOf(machine: Machine, callee: Global, args: Value): Value | null {
  if (nameOf(callee) === 'joblib.numpy_pickle.NumpyArrayWrapper') return machine.changing.newWrapper();
  if (callee.module === 'numpy.dtypes') return machine.changing.newType(null);
  if (nameOf(callee) !== 'numpy.dtype') return null;
  const code = isTuple(args) ? codeOf(machine, args.items[0]) : null;
  const made = machine.changing.newType(code);
  if (code !== null && !isPlain(code)) machine.changing.holdObjects(made);
  return made;
}

/** Records whose items have attributes are named by their class. */
function codeOf(machine: Machine, type: Value | undefined): string | null {
  const found = machine.globalOf(type);
  return found !== null && nameOf(found) === 'numpy.record' ? RECORD : machine.textOf(type);
}

/** Only the state says how large it is. */
const RECORD = 'V';

/** Numbers, text, dates and raw bytes. All else holds objects, or may: `i4,O8` is a record. */
function isPlain(code: string): boolean {
  return /^[<>=|]?[?biufcmMSaUV]\d*$/.test(code);
}

/** Of `NPY_ITEM_REFCOUNT`, `NPY_LIST_PICKLE`, `NPY_NEEDS_INIT` and `NPY_NEEDS_PYAPI`, which all types with objects have. */
const WITH_OBJECTS = 27;
/** Of those and `NPY_ITEM_IS_POINTER` and `NPY_USE_GETITEM`, what types without objects have none of. */
const OF_OBJECTS = 39;

/**
 * `dtype.__setstate__` believes what it is given: with flags that deny the objects of a record, with fields that overlap
 * them or lie outside of the item, NumPy takes bytes of the file for pointers to Python objects.
 */
export function checkTypeState(machine: Machine, made: Value, state: Value): void {
  const { changing } = machine;
  const items = isTuple(state) ? state.items : [];
  const [version, , subtype = NONE, , fields = NONE, size, , flags] = items;
  const code = changing.codeOf(made);
  if ([subtype, fields].some((part) => machine.holdsObjects(part))) machine.nowHoldsObjects(made);
  const said = flags === undefined ? 0 : numberOf(flags);
  const objects = machine.holdsObjects(made);
  const honest = said !== null && (objects ? (said & WITH_OBJECTS) === WITH_OBJECTS : (said & OF_OBJECTS) === 0);
  const current = numberOf(version) === 3 || numberOf(version) === 4;
  if (current && honest && code !== null && isLaidOut(machine, { made, code, subtype, fields, size: numberOf(size) }))
    return;
  const message = 'it gives a NumPy type a state that no NumPy writes, which makes bytes be taken for pointers';
  machine.report({
    rule: 'pickle-numpy-type',
    severity: 'high',
    message,
    ...(code === null ? {} : { evidence: evidenceOf(code) }),
  });
}

interface Layout {
  readonly made: Value;
  readonly code: string;
  readonly subtype: Value;
  readonly fields: Value;
  readonly size: number | null;
}

/** Whether the size is that of the code, and what the type is made of fits into it. */
function isLaidOut(machine: Machine, { made, code, subtype, fields, size }: Layout): boolean {
  const { changing } = machine;
  const raw = /^[<>=|]?V/.test(code);
  if (!raw && (subtype !== NONE || fields !== NONE)) return false;
  if (!/^[<>=|]?[SaUV]/.test(code)) return size === -1 && (isPlain(code) || isObjectType(code));
  const whole = itemSize(code) ?? changing.sizeOf(made) ?? size;
  if (whole === null || size !== whole) return false;
  changing.setSize(made, whole);
  if (subtype !== NONE) return isTuple(subtype) && sizeOfMany(machine, subtype) === whole;
  if (fields === NONE) return true;
  const found = changing.fieldsOf(fields);
  return found?.every((field, index) => fits(machine, field, whole, found.slice(0, index))) === true;
}

/** Of a type and a shape. */
function sizeOfMany({ changing }: Machine, { items, length }: Tuple): number | null {
  const one = changing.sizeOf(items[0]);
  const shape = items[1];
  if (one === null || length !== 2 || shape === undefined) return null;
  if (shape === EMPTY_TUPLE) return one;
  const lengths = isTuple(shape) ? shape.items.map(numberOf) : [numberOf(shape)];
  if (isTuple(shape) && shape.length !== lengths.length) return null;
  return lengths.reduce((product: number | null, next) => {
    return product === null || next === null || next < 0 ? null : product * next;
  }, one);
}

/** A field with objects shares its bytes with no other; one with a title stands there by two names. */
function fits(machine: Machine, field: Field, whole: number, before: readonly Field[]): boolean {
  const { type, start, size } = field;
  if (start < 0 || start + size > whole) return false;
  const objects = machine.holdsObjects(type);
  return before.every((other) => {
    const apart = other.start >= start + size || other.start + other.size <= start;
    const same = other.start === start && other.type === type;
    return apart || same || !(objects || machine.holdsObjects(other.type));
  });
}

import { evidenceOf } from '../format.ts';
import type { Machine } from './machine.ts';
import { DATA, type Global, isGlobal, isObject, type Made, nameOf, tupleOf, type Value } from './values.ts';

/** What a checked function does in turn. */
export interface Calls {
  call(machine: Machine, callee: Value, args: Value): Value;
  make(machine: Machine, type: Value, args: Value): Value;
  build(machine: Machine, target: Value, state: Value): void;
}

type ArgumentCheck = (machine: Machine, callee: Global, args: readonly Value[], calls: Calls) => Value | null;

/** For the names that the lists mark with `!`. What a check returns is the call's result; null refuses it. */
const ARGUMENT_CHECKS: Readonly<Record<string, ArgumentCheck>> = {
  // Bytes as Python 2 could read them. Other codecs run code of their own.
  '_codecs.encode': (_, of, args) => {
    const [text, codec] = args;
    const plain = codec === 'latin1' || codec === 'latin-1';
    return args.length === 2 && plain && isText(text) ? { kind: 'made', of, args: tupleOf(args) } : null;
  },
  // `base.__new__(cls, state)`, and `base.__init__` where the base is not object.
  'copyreg._reconstructor': (machine, _, args, { make }) => {
    const [type, base] = args;
    if (args.length !== 3 || !isGlobal(base) || !PLAIN_BASES.has(nameOf(base)) || type === undefined) return null;
    return make(machine, type, tupleOf([]));
  },
  'copyreg.__newobj__': (machine, _, [type, ...rest], { make }) =>
    type === undefined ? null : make(machine, type, tupleOf(rest)),
  'copyreg.__newobj_ex__': (machine, _, [type, args], { make }) =>
    type === undefined || args === undefined ? null : make(machine, type, args),
  'torch.storage._load_from_bytes': (machine, of, args) => {
    const [bytes] = args;
    if (args.length !== 1 || !isObject(bytes) || bytes.kind !== 'bytes') return null;
    machine.observer.unpickled(bytes.start, bytes.length, nameOf(of));
    return { kind: 'made', of, args: tupleOf([]) };
  },
  // Calls its first argument with the third, and sets attributes from the fourth.
  'torch._tensor._rebuild_from_type_v2': (machine, of, args, { call, build }) => {
    const [callee, type, inner, state] = args;
    if (args.length !== 4 || callee === undefined || inner === undefined || state === undefined) return null;
    if (!isGlobal(type)) return null;
    call(machine, callee, inner);
    const made: Made = { kind: 'made', of: type, args: inner };
    if (state !== null) build(machine, made, state);
    return { kind: 'made', of, args: tupleOf([]) };
  },
  // How time zones are pickled; of anything else an attribute may be code.
  'builtins.getattr': (_, of, [type, name]) =>
    isGlobal(type) && nameOf(type) === 'zoneinfo.ZoneInfo' && name === '_unpickle'
      ? { ...of, module: 'zoneinfo', name: 'ZoneInfo._unpickle', grade: 'call' }
      : null,
  // Both call their last argument with the one before it.
  'numpy.random._pickle.__generator_ctor': generator,
  'numpy.random._pickle.__randomstate_ctor': generator,
  'numpy.core.multiarray.scalar': scalar,
  'numpy._core.multiarray.scalar': scalar,
};

const PLAIN_BASES: ReadonlySet<string> = new Set(
  'object dict list set frozenset tuple int float str bytes'.split(' ').map((name) => `builtins.${name}`),
);

/** A value of a type of numbers or text; of the type of objects, NumPy has unpickled what it was given. */
function scalar(_: Machine, of: Global, args: readonly Value[]): Value | null {
  const [dtype] = args;
  if (args.length < 1 || args.length > 2 || dtypeCode(dtype) === null || isObjectType(dtypeCode(dtype))) return null;
  return { kind: 'made', of, args: tupleOf([]) };
}

function generator(_: Machine, of: Global, args: readonly Value[]): Value | null {
  const known = (arg: Value): boolean =>
    typeof arg === 'string' ||
    (isObject(arg) && arg.kind === 'made') ||
    (isGlobal(arg) && arg.module.startsWith('numpy.random.'));
  return args.every(known) ? { kind: 'made', of, args: tupleOf([]) } : null;
}

function isText(value: Value | undefined): boolean {
  return typeof value === 'string' || (isObject(value) && value.kind === 'data');
}

export function checkArguments(machine: Machine, callee: Global, args: Value, calls: Calls): Value {
  const check = ARGUMENT_CHECKS[nameOf(callee)];
  const known = isObject(args) && args.kind === 'tuple' && args.items.length === args.length ? args.items : null;
  const made = known === null ? null : (check?.(machine, callee, known, calls) ?? null);
  if (made !== null) return made;
  const message = 'it calls a function with arguments that no ordinary pickle gives it';
  machine.report({ rule: 'pickle-call', severity: 'high', message, evidence: evidenceOf(nameOf(callee)) });
  return DATA;
}

/** Names that `checkArguments` knows; a test holds them to the lists. */
export const CHECKED_NAMES: readonly string[] = Object.keys(ARGUMENT_CHECKS);

/** The type's code, such as `f8`, of what `numpy.dtype` made. */
export function dtypeCode(value: Value | undefined): string | null {
  if (!isObject(value) || value.kind !== 'made' || value.of === null || nameOf(value.of) !== 'numpy.dtype') return null;
  const { args } = value;
  const first = isObject(args) && args.kind === 'tuple' ? args.items[0] : undefined;
  return typeof first === 'string' ? first : null;
}

export function isObjectType(code: string | null): boolean {
  return code !== null && /^[<>=|]?O/.test(code);
}

/** State that some classes act upon. */
export function checkState(machine: Machine, made: Made, of: Global, state: Value): void {
  switch (nameOf(of)) {
    case 'numpy.dtype':
      made.state = state;
      checkDtype(machine, made, state);
      return;
    case 'joblib.numpy_pickle.NumpyArrayWrapper':
      made.state = state;
      machine.cursor.skip(machine.observer.array(made, machine.cursor.position, machine) - machine.cursor.position);
      return;
    default:
      return;
  }
}

/**
 * `dtype.__setstate__` believes the flags that it is given, and a record with fields of Python objects whose flags deny
 * them makes NumPy take bytes of the file for pointers.
 */
function checkDtype(machine: Machine, made: Made, state: Value): void {
  const items = isObject(state) && state.kind === 'tuple' ? state.items : [];
  const [version, , subtype, , fields, , , flags] = items;
  const code = dtypeCode(made);
  const holdsObjects =
    isObjectType(code) || [subtype, fields].some((part) => part !== undefined && hasObjects(part, 0));
  const honest = !holdsObjects || (typeof flags === 'number' && (flags & 63) === 63);
  if ((version === 3 || version === 4) && code !== null && honest) return;
  const message = 'it gives a NumPy type a state that no NumPy writes, which makes bytes be taken for pointers';
  machine.report({
    rule: 'pickle-numpy-type',
    severity: 'high',
    message,
    ...(code === null ? {} : { evidence: evidenceOf(code) }),
  });
}

/** Whether arrays of the type that `numpy.dtype` made hold Python objects. */
export function holdsObjects(dtype: Value): boolean {
  return hasObjects(dtype, 0);
}

/** Whether a type of NumPy, or one inside of it, holds Python objects. */
export function hasObjects(value: Value, depth: number): boolean {
  if (!isObject(value)) return false;
  if (depth > 8) return true;
  // What was not kept may be anything.
  if (value.kind === 'tuple' && value.length > value.items.length) return true;
  if (value.kind === 'tuple') return value.items.some((item) => hasObjects(item, depth + 1));
  if (value.kind === 'dict') return value.objects || value.madeKeys;
  if (value.kind !== 'made') return false;
  const state = value.state;
  return isObjectType(dtypeCode(value)) || (state !== undefined && hasObjects(state, depth + 1));
}

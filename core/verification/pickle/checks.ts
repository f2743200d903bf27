import { evidenceOf, ScanError } from '../format.ts';
import { buffer, checkArrowState, keepsArrow, restoreArray, typeForAlias, typeWithArguments } from './arrow.ts';
import { checkDistribution, isDistribution } from './distributions.ts';
import { DATA_TYPES, PLAIN_BASES, SCALES, TEXT_METHODS, WITH_OPTIONS } from './given-names.ts';
import { type Global, nameOf } from './globals.ts';
import type { Machine } from './machine.ts';
import { checkTypeState } from './numpy-type.ts';
import { isHashed, isHashedByState } from './sharing.ts';
import { tupleFrom } from './tuples.ts';
import {
  BYTES,
  DATA,
  EMPTY_TUPLE,
  FALSE,
  INT,
  isMade,
  isText,
  isTuple,
  kindOf,
  NONE,
  numberOf,
  SHARED_LIST,
  TRUE,
  type Value,
} from './values.ts';

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
  '_codecs.encode': (machine, of, [text, codec, ...more]) => {
    const name = machine.textOf(codec);
    const plain = (name === 'latin1' || name === 'latin-1') && (isText(text) || text === DATA);
    return plain && more.length === 0 ? (machine.encoded(text) ?? machine.madeOf(of)) : null;
  },
  // `base.__new__(cls, state)`, and `base.__init__` where the base is not object.
  'copyreg._reconstructor': (machine, _, args, { make }) => {
    const [type, base] = args;
    const found = machine.globalOf(base);
    if (args.length !== 3 || found === null || !PLAIN_BASES.has(nameOf(found)) || type === undefined) return null;
    if (args[2] === SHARED_LIST || (isHashed(found) && machine.changing.isDict(args[2]))) return null;
    return machine.sharing.hashed(found, args[2] ?? NONE) ?? make(machine, type, EMPTY_TUPLE);
  },
  'copyreg.__newobj__': (machine, _, [type, ...rest], { make }) =>
    type === undefined ? null : make(machine, type, tupleFrom(machine, rest)),
  'copyreg.__newobj_ex__': (machine, _, [type, args], { make }) =>
    type === undefined || args === undefined ? null : make(machine, type, args),
  'torch.storage._load_from_bytes': (machine, of, args) => {
    const bytes = machine.bytesOf(args[0]);
    if (args.length !== 1 || bytes === null) return null;
    machine.observer.unpickled(bytes, nameOf(of));
    return machine.madeOf(of);
  },
  // Calls its first argument with the third, and sets attributes from the fourth.
  'torch._tensor._rebuild_from_type_v2': (machine, of, args, { call, build }) => {
    const [callee, type, inner, state] = args;
    if (args.length !== 4 || callee === undefined || inner === undefined || state === undefined) return null;
    const made = machine.globalOf(type);
    if (made === null) return null;
    call(machine, callee, inner);
    if (state !== NONE) build(machine, machine.madeOf(made), state);
    return machine.madeOf(of);
  },
  // How time zones, methods of text and that of discrete distributions are pickled; of anything else an attribute may be code.
  'builtins.getattr': (machine, of, [type, name]) => {
    const [found, attribute, instance] = [machine.globalOf(type), machine.textOf(name), machine.globalOf(type, true)];
    if (instance !== null && isDistribution(instance) && attribute === '_entropy')
      return machine.grant({ ...of, module: instance.module, name: `${instance.name}._entropy`, grade: 'name' });
    if (found === null || attribute === null) return null;
    if (nameOf(found) === 'zoneinfo.ZoneInfo' && attribute === '_unpickle')
      return machine.grant({ ...of, module: 'zoneinfo', name: 'ZoneInfo._unpickle', grade: 'call' });
    if (SCALES.has(`${nameOf(found)}.${attribute}`))
      return machine.grant({ ...of, module: found.module, name: `${found.name}.${attribute}`, grade: 'name' });
    if (nameOf(found) === 'builtins.str' && TEXT_METHODS.has(attribute))
      return machine.grant({ ...of, module: 'builtins', name: `str.${attribute}`, grade: 'name' });
    return null;
  },
  // Both call their last argument with the one before it.
  'numpy.random._pickle.__generator_ctor': generator,
  'numpy.random._pickle.__randomstate_ctor': generator,
  'numpy._core._internal._convert_to_stringdtype_kwargs': textType,
  'numpy.core.multiarray.scalar': scalar,
  'numpy.core.numeric._frombuffer': fromBuffer,
  'numpy._core.numeric._frombuffer': fromBuffer,
  'numpy.ma.core._mareconstruct': masked,
  'pyarrow.lib._restore_array': restoreArray,
  'pyarrow.lib.decimal128': typeWithArguments,
  'pyarrow.lib.py_buffer': buffer,
  'pyarrow.lib.timestamp': typeWithArguments,
  'pyarrow.lib.type_for_alias': typeForAlias,
  'pandas._libs.interval.__pyx_unpickle_IntervalMixin': ofClassIn('pandas'),
  'pandas._libs.sparse.IntIndex': ofNumbers,
  'pandas.core.indexes.base._new_Index': index,
  'pandas.core.indexes.datetimes._new_DatetimeIndex': index,
  'pandas.core.indexes.interval._new_IntervalIndex': index,
  'pandas.core.indexes.timedeltas._new_TimedeltaIndex': index,
  'sklearn.metrics._dist_metrics.newObj': ofClassIn('sklearn'),
  'sklearn.neighbors._ball_tree.newObj': ofClassIn('sklearn'),
  'sklearn.neighbors._kd_tree.newObj': ofClassIn('sklearn'),
  // How dill writes types of Python and arrays; of other names and functions it makes code.
  'dill._dill._load_type': (machine, _, [name, ...more]) => {
    const type = machine.textOf(name);
    return type !== null && more.length === 0 && DATA_TYPES.has(type) ? machine.import('builtins', type) : null;
  },
  'dill._dill._create_array': (machine, _, [make, args, state, attributes = NONE, ...more], { call, build }) => {
    const of = machine.globalOf(make);
    const plain = of?.name === '_reconstruct' && isIn(of, 'numpy') && attributes === NONE && more.length === 0;
    if (!plain || make === undefined || args === undefined || state === undefined) return null;
    const made = call(machine, make, args);
    build(machine, made, state);
    return made;
  },
  'fractions.Fraction': fraction,
  // How scikit-learn and torchvision keep options; of any other function it is a call with the author's arguments.
  'functools.partial': (machine, of, [given, ...more]) =>
    more.length === 0 && isOption(machine, given) ? machine.madeOf(of) : null,
  'numpy._core.multiarray.scalar': scalar,
};

function isOption(machine: Machine, value: Value | undefined): boolean {
  const found = machine.globalOf(value);
  return found !== null && WITH_OPTIONS.has(nameOf(found));
}

/** An index of pandas by its class and arguments: of a range it would make as many entries. */
function index(machine: Machine, of: Global, args: readonly Value[], calls: Calls): Value | null {
  const ranges = args.some((arg) => machine.changing.isDict(arg) && machine.changing.holdsRange(arg));
  return ranges ? null : ofClassIn('pandas')(machine, of, args, calls);
}

/** `(length, array)`: pandas makes an array of all else. */
function ofNumbers(machine: Machine, of: Global, [, array]: readonly Value[]): Value | null {
  const known = machine.globalOf(array, true)?.module.startsWith('numpy.') === true;
  // Which joblib keeps beside the pickle.
  return known || (array !== undefined && machine.changing.isWrapper(array)) ? machine.madeOf(of) : null;
}

/** A function that makes an instance of its first argument, with the others as they are: of classes of a library alone. */
function ofClassIn(...modules: readonly string[]): ArgumentCheck {
  return (machine, of, [type]) => {
    const found = machine.globalOf(type);
    const known = found?.grade === 'value' && modules.some((module) => isIn(found, module));
    return known ? machine.madeOf(of) : null;
  };
}

function isIn({ module }: Global, library: string): boolean {
  return module === library || module.startsWith(`${library}.`);
}

/** `(subtype, baseclass, shape, type)` */
function masked(machine: Machine, of: Global, [type, base]: readonly Value[]): Value | null {
  const [made, from] = [machine.globalOf(type), machine.globalOf(base)];
  if (made?.name !== 'MaskedArray' || from === null || !isIn(made, 'numpy') || !isIn(from, 'numpy')) return null;
  return /^(?:ndarray|matrix|recarray)$/.test(from.name) ? machine.madeOf(of) : null;
}

/** Of bytes: a view of an array of objects lets later opcodes write over its pointers. */
function fromBuffer(machine: Machine, of: Global, [buffer]: readonly Value[]): Value | null {
  return buffer === DATA || (typeof buffer === 'number' && kindOf(buffer) === BYTES) ? machine.madeOf(of) : null;
}

/** `StringDType(coerce, na_object)`: arrays of it are written as lists of text, as those of objects are. */
function textType({ changing }: Machine, _: Global, [coerce, missing = NONE, ...more]: readonly Value[]): Value | null {
  const plain = coerce !== undefined && (kindOf(coerce) === INT || coerce === TRUE || coerce === FALSE);
  if (!plain || !(missing === NONE || missing === DATA || isText(missing)) || more.length > 0) return null;
  const made = changing.newType('O8');
  changing.holdObjects(made);
  return made;
}

/** A value of a type of numbers or text; of a type of objects, NumPy has unpickled what it was given. */
function scalar(machine: Machine, of: Global, args: readonly Value[]): Value | null {
  const [dtype] = args;
  if (args.length < 1 || args.length > 2 || dtype === undefined) return null;
  return machine.changing.isType(dtype) && !machine.holdsObjects(dtype) ? machine.madeOf(of) : null;
}

/** What stands first may have been made: it is not called. */
function generator(machine: Machine, of: Global, args: readonly Value[]): Value | null {
  const known = (arg: Value, at: number): boolean => (at === 0 && isMade(arg)) || isOfGenerators(machine, arg);
  return args.every(known) ? machine.madeOf(of) : null;
}

/** A name, class or constructor of NumPy's generators. */
export function isOfGenerators(machine: Machine, value: Value): boolean {
  return isText(value) || machine.globalOf(value)?.module.startsWith('numpy.random.') === true;
}

export function checkArguments(machine: Machine, callee: Global, args: Value, calls: Calls): Value {
  const check = ARGUMENT_CHECKS[nameOf(callee)];
  const known = isTuple(args) && args.items.length === args.length ? args.items : null;
  const made = known === null ? null : (check?.(machine, callee, known, calls) ?? null);
  if (made !== null) return made;
  const message = 'it calls a function with arguments that no ordinary pickle gives it';
  machine.report({ rule: 'pickle-call', severity: 'high', message, evidence: evidenceOf(nameOf(callee)) });
  return DATA;
}

/** Names that `checkArguments` knows; a test holds them to the lists. */
export const CHECKED_NAMES: readonly string[] = Object.keys(ARGUMENT_CHECKS);

/** State that some classes act upon. */
export function checkState(machine: Machine, target: Value, state: Value): void {
  if (machine.changing.isType(target)) {
    checkTypeState(machine, target, state);
    return;
  }
  const made = machine.globalOf(target, true);
  // `(function, args, keywords, attributes)` takes the place of what it was made of.
  if (made !== null && nameOf(made) === 'functools.partial') {
    if (isTuple(state) && state.length === 4 && isOption(machine, state.items[0])) return;
    const message = 'it gives functools.partial a function that no ordinary pickle gives it';
    machine.report({ rule: 'pickle-call', severity: 'high', message, evidence: evidenceOf(nameOf(made)) });
    return;
  }
  if (made !== null && isDistribution(made)) {
    checkDistribution(machine, made, state);
    return;
  }
  if (made !== null && nameOf(made).endsWith('filesystem._StorageInfo')) {
    checkPlace(machine, made, state);
    return;
  }
  if (made !== null && keepsArrow(made)) {
    checkArrowState(machine, made, state);
    return;
  }
  if (made !== null && isHashedByState(made) && !machine.changing.isLight(state)) {
    const message = 'it gives an object that Python hashes by its attributes others that hold many';
    machine.report({ rule: 'pickle-explosion', severity: 'high', message, evidence: evidenceOf(nameOf(made)) });
    return;
  }
  if (!machine.changing.isWrapper(target)) return;
  const { cursor, observer } = machine;
  // It would keep of the first state what the second leaves out.
  if (machine.changing.fillWrapper(target))
    throw new ScanError('malformed', "joblib's wrapper of an array is filled twice", machine.at);
  cursor.skip(observer.array(state, cursor.position, machine) - cursor.position);
}

/** Where a value of a distributed checkpoint is. */
function checkPlace(machine: Machine, made: Global, state: Value): void {
  const entries = machine.changing.isDict(state) ? machine.changing.entriesOf(state) : null;
  const path = machine.textOf(entries?.path);
  const [offset, length] = [numberOf(entries?.offset), numberOf(entries?.length)];
  if (path !== null && offset !== null && length !== null) {
    machine.changing.addPlace({ path, offset, length });
    return;
  }
  const message = 'it gives the place of a value of a checkpoint in a way that PyTorch does not';
  machine.report({ rule: 'pickle-call', severity: 'high', message, evidence: evidenceOf(nameOf(made)) });
}

/** How it is written: an exponent of many digits takes for ever. */
function fraction(machine: Machine, of: Global, args: readonly Value[]): Value | null {
  const known = (arg: Value): boolean =>
    isText(arg) ? /^-?\d+(?:\/\d+)?$/.test(machine.textOf(arg) ?? '') : kindOf(arg) === INT || arg === DATA;
  return args.every(known) ? machine.madeOf(of) : null;
}

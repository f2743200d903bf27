import { evidenceOf } from '../format.ts';
import { checkArguments, checkState, isOfGenerators } from './checks.ts';
import { type Global, nameOf } from './globals.ts';
import type { Machine } from './machine.ts';
import { changingOf } from './numpy-type.ts';
import { isHashed } from './sharing.ts';
import {
  BYTES,
  DATA,
  EMPTY_TUPLE,
  INT,
  isMade,
  isText,
  isTuple,
  kindOf,
  numberOf,
  SHARED_LIST,
  unkeptOf,
  type Value,
} from './values.ts';

/** REDUCE: any callable with any arguments. */
export function call(machine: Machine, callee: Value, args: Value): Value {
  const found = machine.globalOf(callee);
  machine.observer.called(found);
  if (found === null) return refuse(machine, null, 'it calls something that it made itself');
  switch (found.grade) {
    case null:
      if (isListed(found) && !isEncoding(found, args))
        return refuse(machine, found, 'it calls what the list of a checkpoint only instantiates');
      return machine.madeOf(found);
    case 'call':
      // It calls whatever class it is given, and stands as a value where older versions of NumPy name it.
      if (
        found.name === '__bit_generator_ctor' &&
        isTuple(args) &&
        !args.items.every((arg) => isOfGenerators(machine, arg))
      )
        return refuse(machine, found, 'it calls a class that is no generator of NumPy');
      return explodes(machine, found, args) ? refuse(machine, found, EXPLODES) : made(machine, found, args);
    case 'data':
      return isData(machine, found, args) ? made(machine, found, args) : refuse(machine, found, OF_MADE);
    case 'checked':
      return checkArguments(machine, found, args, { call, make, build });
    case 'name':
    case 'value':
      return refuse(machine, found, `it calls ${nameOf(found)}, which ordinary pickles never call`);
  }
}

/** NEWOBJ and NEWOBJ_EX: `cls.__new__(cls, *args)`. */
export function make(machine: Machine, type: Value, args: Value): Value {
  const found = machine.globalOf(type);
  machine.observer.called(found);
  if (found === null) return refuse(machine, null, 'it instantiates something that it made itself');
  if (found.grade === 'checked' || found.grade === 'name')
    return refuse(machine, found, `it instantiates ${nameOf(found)}, which is no plain class`);
  if (found.grade === 'data' && !isData(machine, found, args)) return refuse(machine, found, OF_MADE);
  if (explodes(machine, found, args)) return refuse(machine, found, EXPLODES);
  return made(machine, found, args);
}

function made(machine: Machine, of: Global, args: Value): Value {
  const [given] = isTuple(args) && args.length === 1 ? args.items : [];
  // Bytes that later opcodes may write into, and the same ones for all that is asked of them.
  if (nameOf(of) === 'torch.Size' && given !== undefined && isShape(given)) return DATA;
  if (nameOf(of) === 'builtins.bytearray' && given !== undefined && kindOf(given) === BYTES) return given;
  return changingOf(machine, of, args) ?? machine.sharing.hashed(of, args) ?? machine.madeOf(of);
}

/** A few numbers, which cost nothing to hash. */
function isShape(value: Value): boolean {
  if (!isTuple(value)) return value === EMPTY_TUPLE;
  return value.length === value.items.length && value.items.every((item) => kindOf(item) === INT);
}

function isListed({ module }: Global): boolean {
  return module.startsWith('torch.distributed.checkpoint');
}

/** `_MEM_FORMAT_ENCODING(0)` */
function isEncoding({ name }: Global, args: Value): boolean {
  return (
    name.endsWith('_MEM_FORMAT_ENCODING') && isTuple(args) && args.length === 1 && kindOf(args.items[0] ?? DATA) === INT
  );
}

/** Entries. */
const LONGEST_RANGE = 2 ** 27;
/** `2D`, `3M` and the like: pandas reads a text of digits for as long as its length is squared. */
const LONGEST_FREQUENCY = 64;
const EXPLODES = 'it makes more of a few bytes than ordinary pickles do, which may fill the memory or go on for ever';

/** What is harmless but for how much it makes. */
function explodes(machine: Machine, of: Global, args: Value): boolean {
  const items = isTuple(args) ? args.items : [];
  if (nameOf(of) === 'builtins.range') return !isShort(items.map(numberOf));
  if (of.name === 'PeriodDtype')
    return items.some((item) => isText(item) && (machine.textOf(item)?.length ?? Infinity) > LONGEST_FREQUENCY);
  // Pandas makes an array of whatever an index is instantiated of.
  return of.grade === 'value' && of.module.startsWith('pandas') && of.name.endsWith('Index') && items.length > 0;
}

function isShort(numbers: readonly (number | null)[]): boolean {
  if (numbers.includes(null)) return false;
  const [start = 0, stop = 0, step = 1] = numbers.length === 1 ? [0, ...numbers] : numbers;
  return step === 0 || ((stop ?? 0) - (start ?? 0)) / (step ?? 1) <= LONGEST_RANGE;
}

const OF_MADE =
  'it hands what a call made, or what is elsewhere, too, to a function that iterates over it, which may go on for ever';

function isData(machine: Machine, of: Global, args: Value): boolean {
  const { changing } = machine;
  if (!isTuple(args)) return args === EMPTY_TUPLE;
  // Lists that are nowhere else, so that no short pickle copies a long one a million times.
  const [first] = args.items;
  // Of a number, as many zeros.
  if (
    /^builtins\.(?:bytes|bytearray)$/.test(nameOf(of)) &&
    first !== undefined &&
    (kindOf(first) === INT || first === DATA)
  )
    return false;
  // How much its keys hold is not known.
  if (isHashed(of) && changing.isDict(first)) return false;
  return args.items.every(
    (item) => (!isMade(item) || isBytes(machine, of, item)) && !changing.isMade(item) && item !== SHARED_LIST,
  );
}

/** Protocols before 3 write a `bytearray` of what `_codecs.encode` makes of a text: no longer than what is in the file. */
function isBytes(machine: Machine, of: Global, item: Value): boolean {
  const made = machine.globalOf(item, true);
  return made !== null && nameOf(made) === '_codecs.encode' && nameOf(of) === 'builtins.bytearray';
}

/** INST and OBJ: a call, or without arguments `__new__`. */
export function instantiate(machine: Machine, type: Value, args: Value): Value {
  const plain = machine.globalOf(type)?.grade === 'value' && args === EMPTY_TUPLE;
  return plain ? make(machine, type, args) : call(machine, type, args);
}

/** BUILD: `__setstate__`, or attributes. */
export function build(machine: Machine, target: Value, state: Value): void {
  machine.stored(state);
  const parts = isTuple(state) ? [state, ...state.items.slice(0, 2)] : [state];
  if (parts.some((part) => hidesNames(machine, part))) {
    const message = 'it sets attributes whose names are not in the file';
    machine.report({ rule: 'pickle-build', severity: 'high', message });
  }
  checkState(machine, target, state);
}

/** A mapping that is filled by calls, so that what it sets can't be seen. */
function hidesNames(machine: Machine, state: Value): boolean {
  if (machine.changing.isDict(state)) return machine.changing.hasMadeKeys(state);
  const made = machine.globalOf(state, true);
  return (made !== null && /^(builtins\.dict|collections\.)/.test(nameOf(made))) || unkeptOf(state)?.hides === true;
}

function refuse(machine: Machine, of: Global | null, message: string): Value {
  machine.report({
    rule: 'pickle-call',
    severity: 'high',
    message,
    ...(of === null ? {} : { evidence: evidenceOf(nameOf(of)) }),
  });
  return of === null ? DATA : machine.madeOf(of);
}

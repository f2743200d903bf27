import { evidenceOf, readExactly, type Source, slice } from '../format.ts';
import type { ArrowPart } from './changing.ts';
import { type Global, nameOf } from './globals.ts';
import { latinOf } from './latin.ts';
import type { Machine } from './machine.ts';
import { EMPTY_LIST, isText, isTuple, NONE, numberOf, type Value } from './values.ts';

/** Bits of a value by the name of its type (`_type_aliases` of pyarrow's `types.pxi`, as its types name themselves). */
const WIDTHS: ReadonlyMap<string, number> = new Map<string, number>([
  ['bool', 1],
  ...['int8', 'uint8'].map((name) => [name, 8] as const),
  ...['int16', 'uint16', 'halffloat'].map((name) => [name, 16] as const),
  ...['int32', 'uint32', 'float', 'date32[day]', 'time32[s]', 'time32[ms]'].map((name) => [name, 32] as const),
  ...['int64', 'uint64', 'double', 'date64[ms]', 'time64[us]', 'time64[ns]'].map((name) => [name, 64] as const),
  ...['s', 'ms', 'us', 'ns'].flatMap((unit) => [
    [`timestamp[${unit}]`, 64] as const,
    [`duration[${unit}]`, 64] as const,
  ]),
]);

/** Bytes of an offset by the name of a type of text or bytes. */
const OFFSETS: ReadonlyMap<string, 4 | 8> = new Map<string, 4 | 8>([
  ['string', 4],
  ['binary', 4],
  ['large_string', 8],
  ['large_binary', 8],
]);

/** Entries, and bits of one in Arrow: more fits into no file. */
const MAX_LENGTH = 2 ** 40;
const WINDOW = 65_536;

/** `type_for_alias(name)`, a look into a table. */
export function typeForAlias(machine: Machine, _: Global, args: readonly Value[]): Value | null {
  const name = args.length === 1 ? machine.textOf(args[0]) : null;
  if (name === null || !(WIDTHS.has(name) || OFFSETS.has(name))) return null;
  return machine.changing.newPart({ kind: 'type', name });
}

/** `timestamp(unit, zone)` and `decimal128(digits, scale)`. */
export function typeWithArguments(machine: Machine, of: Global, args: readonly Value[]): Value | null {
  if (args.length !== 2) return null;
  if (of.name === 'timestamp') {
    const unit = machine.textOf(args[0]);
    const known = unit !== null && WIDTHS.has(`timestamp[${unit}]`) && (isText(args[1]) || args[1] === NONE);
    return known ? machine.changing.newPart({ kind: 'type', name: 'timestamp[ns]' }) : null;
  }
  return args.every((arg) => numberOf(arg) !== null) ? machine.changing.newPart({ kind: 'type', name: of.name }) : null;
}

/** `py_buffer(bytes)`. What is known of no bytes counts as none, so that no array fits into it. */
export function buffer(machine: Machine, _: Global, args: readonly Value[]): Value | null {
  const [given] = args;
  if (args.length !== 1 || given === undefined || isText(given)) return null;
  return machine.changing.newPart({ kind: 'buffer', bytes: machine.bytesOf(given) });
}

/** What is put into a list; where it is a list of buffers, what the list is then. */
export function buffersOf({ changing, stack }: Machine, start: number): Value | null {
  const target = stack.below(start);
  const part = changing.partOf(target);
  const items = (): Value[] => [...stack.slice(start, stack.depth)];
  if (part?.kind === 'buffers') {
    // An array has three at most.
    part.items.push(...items().slice(0, 4));
    return target;
  }
  if (target !== EMPTY_LIST || !changing.hasParts || stack.depth - start > 3) return null;
  const known = items().every((item) => item === NONE || changing.partOf(item)?.kind === 'buffer');
  return known && stack.depth > start ? changing.newPart({ kind: 'buffers', items: items() }) : null;
}

/**
 * `_restore_array((type, length, nulls, offset, buffers, children, dictionary))`. Arrow believes all of it: where a buffer is
 * shorter than it says, or an offset leads out of it, it reads whatever stands in memory there, and writes where there are
 * fewer nulls than it counted on.
 */
export function restoreArray(machine: Machine, of: Global, args: readonly Value[]): Value | null {
  const [given] = args;
  if (args.length !== 1 || !isTuple(given) || given.length !== 7 || given.items.length !== 7) return null;
  const array = arrayOf(machine, given.items);
  if (array === null || !isWithin(array)) return null;
  machine.changing.arraysMade = true;
  reportWritten(machine);
  return machine.madeOf(of);
}

interface ArrayData {
  readonly type: string;
  /** Entries. */
  readonly length: number;
  readonly offset: number;
  /** -1 where Arrow counts itself. */
  readonly nulls: number;
  readonly buffers: readonly (Source | null)[];
  readonly tick: () => void;
}

function arrayOf(machine: Machine, items: readonly Value[]): ArrayData | null {
  const { changing } = machine;
  const [type, buffers] = [changing.partOf(items[0]), changing.partOf(items[4])];
  const [length, nulls, offset] = items.slice(1, 4).map(numberOf);
  if (type?.kind !== 'type' || buffers?.kind !== 'buffers' || items[5] !== EMPTY_LIST || items[6] !== NONE) return null;
  if (length == null || nulls == null || offset == null) return null;
  if (length < 0 || offset < 0 || nulls < -1 || length + offset > MAX_LENGTH) return null;
  const parts = buffers.items.map((item) => (item === NONE ? null : changing.partOf(item)));
  const tick = (): void => machine.observer.tick();
  const found = parts.map((part) => (part?.kind === 'buffer' ? contentOf(machine, part) : null));
  return { type: type.name, length, nulls, offset, buffers: found, tick };
}

function contentOf(machine: Machine, { bytes }: ArrowPart & { kind: 'buffer' }): Source | null {
  if (bytes === null) return null;
  const found = slice(machine.source, 'buffer', bytes.start, bytes.start + bytes.length);
  return bytes.isText ? latinOf(found, () => machine.observer.tick()) : found;
}

function isWithin(array: ArrayData): boolean {
  const { type, length, offset, buffers } = array;
  const end = offset + length;
  if (!areNullsCounted(array)) return false;
  const width = type === 'decimal128' ? 128 : WIDTHS.get(type);
  if (width !== undefined) return buffers.length === 2 && (buffers[1]?.size ?? 0) * 8 >= end * width;
  const size = OFFSETS.get(type);
  if (size === undefined || buffers.length !== 3) return false;
  const offsets = buffers[1] ?? null;
  // Of none, Arrow needs no offsets.
  if (offsets === null || offsets.size === 0) return end === 0;
  return offsets.size >= (end + 1) * size && areInOrder(array, offsets, size);
}

function areNullsCounted({ length, nulls, offset, buffers, tick }: ArrayData): boolean {
  const valid = buffers[0] ?? null;
  if (valid === null) return nulls === 0 || nulls === -1;
  if (valid.size * 8 < offset + length) return false;
  let found = 0;
  for (let at = Math.floor(offset / 8); at * 8 < offset + length; at += WINDOW) {
    tick();
    const window = readExactly(valid, at, Math.min(WINDOW, Math.ceil((offset + length) / 8) - at));
    const from = Math.max(offset, at * 8);
    const until = Math.min(offset + length, (at + window.length) * 8);
    for (let bit = from; bit < until; bit += 1) {
      if ((((window[Math.floor(bit / 8) - at] ?? 0) >> (bit & 7)) & 1) === 0) found += 1;
    }
  }
  return nulls === -1 || nulls === found;
}

/** Whether offsets lead into the bytes, each no lower than the one before; of text, to begins of characters. */
function areInOrder({ type, length, offset, buffers, tick }: ArrayData, offsets: Source, size: 4 | 8): boolean {
  const data = buffers[2] ?? null;
  const text = type.endsWith('string') && data !== null ? new Characters(data) : null;
  const step = WINDOW / size;
  let before = -1;
  let first = 0;
  for (let at = offset; at <= offset + length; at += step) {
    tick();
    const bytes = readExactly(offsets, at * size, Math.min(step, offset + length + 1 - at) * size);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let place = 0; place < bytes.length; place += size) {
      const low = view.getUint32(place, true);
      const found = size === 4 ? view.getInt32(place, true) : view.getInt32(place + 4, true) * 2 ** 32 + low;
      if (found < Math.max(before, 0) || found > (data?.size ?? 0)) return false;
      if (text?.begins(found) === false) return false;
      if (before < 0) first = found;
      before = found;
    }
  }
  return text === null || text.areWhole(first, before);
}

/** Text in UTF-8 that Arrow takes for what it says it is. */
class Characters {
  readonly #data: Source;
  #window: Uint8Array = new Uint8Array(0);
  #start = 0;

  constructor(data: Source) {
    this.#data = data;
  }

  begins(at: number): boolean {
    if (at >= this.#data.size) return true;
    if (at < this.#start || at >= this.#start + this.#window.length) {
      this.#start = at;
      this.#window = readExactly(this.#data, at, Math.min(WINDOW, this.#data.size - at));
    }
    return ((this.#window[at - this.#start] ?? 0) & 0xc0) !== 0x80;
  }

  areWhole(from: number, until: number): boolean {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    try {
      for (let at = from; at < until; at += WINDOW)
        decoder.decode(readExactly(this.#data, at, Math.min(WINDOW, until - at)), { stream: true });
      decoder.decode();
      return true;
    } catch (error) {
      if (error instanceof TypeError) return false;
      throw error;
    }
  }
}

/** What pickles fill by items: of all other listed classes, none is a dictionary, list or set. */
const FILLED: ReadonlySet<string> = new Set(
  `builtins.dict builtins.list builtins.set collections.Counter collections.OrderedDict collections.defaultdict collections.deque
  scipy.optimize._optimize.OptimizeResult sklearn.utils.Bunch sklearn.utils._bunch.Bunch`.split(/\s+/),
);

/**
 * Items are set, or put into a list that is elsewhere, too. Classes may do anything then; and what was checked may be changed
 * by it, as bytes of an array are where they are those of a buffer of Arrow.
 */
export function written(machine: Machine, target: Value): void {
  const { changing } = machine;
  if (changing.isDict(target)) return;
  const made = machine.globalOf(target, true);
  if (made !== null && FILLED.has(nameOf(made))) return;
  if (made !== null && made.grade !== null) {
    const message = 'it puts items into an object that ordinary pickles never fill';
    machine.report({ rule: 'pickle-call', severity: 'high', message, evidence: evidenceOf(nameOf(made)) });
  }
  if (changing.wasWritten) return;
  changing.wasWritten = true;
  reportWritten(machine);
}

function reportWritten(machine: Machine): void {
  const { changing } = machine;
  if (!changing.wasWritten || !changing.arraysMade) return;
  const message = 'it makes arrays of Arrow, and writes into values that these may be made of';
  machine.report({ rule: 'pickle-call', severity: 'high', message });
}

const ARRAYS: ReadonlySet<string> = new Set([
  'ArrowStringArray',
  'ArrowStringArrayNumpySemantics',
  'ArrowExtensionArray',
]);

/** Whether a class of pandas keeps an array of Arrow. */
export function keepsArrow({ module, name }: Global): boolean {
  return module.startsWith('pandas.') && ARRAYS.has(name);
}

/** What pandas gives to `pyarrow.chunked_array` while it is unpickled, which iterates over all else. */
export function isArray(machine: Machine, value: Value): boolean {
  const made = machine.globalOf(value, true);
  return made !== null && nameOf(made) === 'pyarrow.lib._restore_array';
}

export function checkArrowState(machine: Machine, made: Global, state: Value): void {
  if (machine.changing.isDict(state) && machine.changing.holdsArray(state)) return;
  const message = 'it gives an array of pandas a state that is no array of Arrow';
  machine.report({ rule: 'pickle-call', severity: 'high', message, evidence: evidenceOf(nameOf(made)) });
}

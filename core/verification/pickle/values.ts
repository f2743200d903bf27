/**
 * What stands on the unpickler's stack, as far as a scan must know it: names, for they decide what is imported, and the
 * arguments of the few callables that are harmless only with some. All but tuples are numbers, so that a pickle of
 * millions of objects needs few bytes for each: three bits say the kind, the rest is the `payload`.
 */
export type Value = number | Tuple;

/** A tuple of which the first items are known. */
export interface Tuple {
  readonly items: readonly Value[];
  readonly length: number;
  /** How many values it holds, those of tuples in it included. */
  readonly weight: number;
  /** Whether a type of NumPy in it holds Python objects. */
  readonly objects: boolean;
  /** Values that Python comes by when it hashes or compares it: one that stands in it twice counts twice. */
  readonly cost: number;
  /** Tuples and frozen sets in one another. */
  readonly depth: number;
}

/**
 * - `CONSTANT`: one of those below;
 * - `INT`: the number itself;
 * - `TEXT`: text that stands in the file, at an offset, and is read again when it is asked for;
 * - `WORD`: text that is on the list of `words.ts`;
 * - `BYTES`: offset of the opcode of bytes that stand in the file, or of text that Latin-1 made bytes of;
 * - `GLOBAL`: what was imported, by its place in the machine's `Globals`, and what came out of calling or instantiating it;
 * - `KEPT`: a tuple, by its place in the memo; it stands in the memo only;
 * - `CHANGING`: a dictionary or type of NumPy, by its place in the machine's `Changing`.
 */
export const CONSTANT = 0;
export const INT = 1;
export const TEXT = 2;
export const WORD = 3;
export const BYTES = 4;
export const GLOBAL = 5;
export const KEPT = 6;
export const CHANGING = 7;

const KINDS = 8;

export function handleOf(kind: number, payload: number): number {
  return payload * KINDS + kind;
}

/** -1 for a tuple. */
export function kindOf(value: Value): number {
  return typeof value === 'number' ? value & 7 : -1;
}

export function payloadOf(value: number): number {
  return Math.floor(value / KINDS);
}

/** A number, text, list or set of which only the kind matters. */
export const DATA: Value = handleOf(CONSTANT, 0);
export const NONE: Value = handleOf(CONSTANT, 1);
export const TRUE: Value = handleOf(CONSTANT, 2);
export const FALSE: Value = handleOf(CONSTANT, 3);
export const EMPTY_TUPLE: Value = handleOf(CONSTANT, 4);
/** Text that can be read no more; the second looks like the name of a method. */
export const LOST_TEXT = handleOf(CONSTANT, 6);
const LOST_METHOD_TEXT = handleOf(CONSTANT, 7);
/** A list or set of which the memo knows, too: what is in it by now nobody can say. */
export const SHARED_LIST = handleOf(CONSTANT, 5);
/**
 * The first of tuples that were too many to keep, and of frozen sets: whether one holds objects (1), whether it may hide
 * names (2), its cost in eighths of powers of two, and its depth.
 */
const UNKEPT = 8;
const COST_STEPS = 8;
const COSTS = 4;
const DEPTHS = COSTS * 512;
/** More of both are the same. */
export const MAX_COST = 2 ** 50;
export const MAX_DEPTH = 4000;
/** A list or set that only the stack holds, with the cost of what is in it. */
const LIST = 2 ** 25;

/** Beyond 2⁴⁹ only data. */
export function intOf(value: number): Value {
  return Number.isInteger(value) && Math.abs(value) < 2 ** 49 ? handleOf(INT, value) : DATA;
}

export function numberOf(value: Value | undefined): number | null {
  return typeof value === 'number' && kindOf(value) === INT ? payloadOf(value) : null;
}

/** Text at an offset of the file; `method` if it looks like the name of a method that the unpickler looks up. */
export function textAt(offset: number, method: boolean): number {
  return handleOf(TEXT, offset * 2 + (method ? 1 : 0));
}

export function isMethodText(value: number): boolean {
  return kindOf(value) === TEXT ? payloadOf(value) % 2 === 1 : value === LOST_METHOD_TEXT;
}

export function isText(value: Value | undefined): value is number {
  if (typeof value !== 'number') return false;
  const kind = kindOf(value);
  return kind === TEXT || kind === WORD || value === LOST_TEXT || value === LOST_METHOD_TEXT;
}

/** What stands for an import, and for what was made of it. */
export function globalOf(place: number, made: boolean): number {
  return handleOf(GLOBAL, place * 2 + (made ? 1 : 0));
}

export function isMade(value: Value): boolean {
  return typeof value === 'number' && kindOf(value) === GLOBAL && payloadOf(value) % 2 === 1;
}

export function isTuple(value: Value | undefined): value is Tuple {
  return typeof value === 'object';
}

function isUnkept(value: number): boolean {
  return (value & 7) === CONSTANT && value >= UNKEPT * KINDS && value < LIST * KINDS;
}

/** Of the tuple that `value` once was, or null if it is none or was kept. */
export function unkeptOf(value: Value): { readonly objects: boolean; readonly hides: boolean } | null {
  if (typeof value !== 'number' || !isUnkept(value)) return null;
  const bits = payloadOf(value) - UNKEPT;
  return { objects: (bits & 1) !== 0, hides: (bits & 2) !== 0 };
}

/** A tuple that is not kept: what it holds can't be asked for. */
export function unkept({ items, objects, cost, depth }: Omit<Tuple, 'length' | 'weight'>): number {
  const hides = items.slice(0, 2).some((item) => kindOf(item) === CHANGING || isMade(item) || isTuple(item));
  return frozen(cost, depth, (objects ? 1 : 0) + (hides ? 2 : 0));
}

function stepsOf(cost: number): number {
  return Math.ceil(Math.log2(cost) * COST_STEPS);
}

/** Of small tuples, of which there are many. */
const STEPS = Uint8Array.from({ length: 64 }, (_, cost) => stepsOf(Math.max(1, cost)));

/** What Python hashes by what is in it. @param flags of `UNKEPT`; as if it hid names unless said otherwise */
export function frozen(cost: number, depth: number, flags = 2): number {
  const steps = STEPS[Math.ceil(cost)] ?? stepsOf(Math.min(cost, MAX_COST));
  return handleOf(CONSTANT, UNKEPT + flags + steps * COSTS + Math.min(depth, MAX_DEPTH + 1) * DEPTHS);
}

/** Whether Python hashes it by what is in it. */
export function isFrozen(value: Value): boolean {
  return typeof value !== 'number' || isUnkept(value);
}

/** Of what `isFrozen`, and 1 of all else. */
export function costOf(value: Value): number {
  if (typeof value !== 'number') return value.cost;
  return isUnkept(value) ? 2 ** (Math.floor(((payloadOf(value) - UNKEPT) % DEPTHS) / COSTS) / COST_STEPS) : 1;
}

export function depthOf(value: Value): number {
  if (typeof value !== 'number') return value.depth;
  return isUnkept(value) ? Math.floor((payloadOf(value) - UNKEPT) / DEPTHS) : 0;
}

/** A list or set, of which the stack alone knows. @param cost of what is in it */
export function listOf(cost: number): Value {
  return handleOf(CONSTANT, LIST + Math.ceil(Math.min(cost, MAX_COST / KINDS)));
}

export const EMPTY_LIST: Value = listOf(0);

/** The cost of what is in a list; null for what is none, and for one that others hold, too. */
export function listCost(value: Value): number | null {
  return typeof value === 'number' && kindOf(value) === CONSTANT && value >= LIST * KINDS
    ? payloadOf(value) - LIST
    : null;
}

/** As 32 bits, of which none is zero, for the memo; what does not fit is only data. */
export function packed(value: number): number {
  if ((value & 7) === CONSTANT && value >= LIST * KINDS) return KINDS + SHARED_LIST;
  if (value >= 0 && value < 2 ** 32 - KINDS) return value + KINDS;
  if (kindOf(value) !== TEXT) return KINDS;
  return KINDS + (isMethodText(value) ? LOST_METHOD_TEXT : LOST_TEXT);
}

export function unpacked(bits: number): number {
  return bits - KINDS;
}

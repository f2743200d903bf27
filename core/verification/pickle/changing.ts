import { sizeInRecord } from './item-size.ts';
import { Layer } from './memo.ts';
import type { Range } from './stored.ts';
import { CHANGING, handleOf, kindOf, payloadOf, type Value } from './values.ts';

const OBJECTS = 1;
const MADE_KEYS = 2;
const JUDGED = 4;
const TYPE = 8;
const OTHERS = 16;
const WRAPPER = 32;
const FILLED = 64;
const LAID = 128;
const HASHED = 256;
const PART = 512;
const ARRAY = 1024;
const NO_ARRAY = 2048;
const RANGE = 4096;

/** A field of a record, in bytes from its begin. */
export interface Field {
  readonly type: Value;
  readonly start: number;
  readonly size: number;
}

/** The few entries of a dictionary that joblib's wrapper, types of NumPy and distributions of SciPy are asked for. */
export interface Entries {
  shape?: Value;
  dtype?: Value;
  aligned?: boolean;
  fields?: Field[];
  template?: Value;
  path?: Value;
  offset?: Value;
  length?: Value;
}

/** Where a value of a distributed checkpoint is, by its list. Bytes. */
export interface ListedPlace {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/** What arrays of Arrow are made of. */
export type ArrowPart =
  | { readonly kind: 'type'; readonly name: string }
  /** Null for bytes of which nothing is known. */
  | { readonly kind: 'buffer'; readonly bytes: (Range & { readonly isText: boolean }) | null }
  | { readonly kind: 'buffers'; readonly items: Value[] };

/** Dictionaries of which entries are known; then all are forgotten, as a wrapper is filled right after its state. */
const MAX_ENTRIES = 1000;
/** Types of NumPy; nothing real has a hundred. */
const MAX_TYPES = 50_000;

/** Dictionaries, types of NumPy and joblib's wrappers of arrays: what later opcodes change, whoever holds them. */
export class Changing {
  readonly #flags: Layer;
  readonly #under: Changing | null;
  readonly #codes = new Map<number, string>();
  /** Bytes of types whose code does not say. */
  readonly #sizes = new Map<number, number>();
  readonly #entries = new Map<number, Entries>();
  readonly #parts = new Map<number, ArrowPart>();
  /** Whether arrays of Arrow were made, and whether something was written into what they may be made of. */
  arraysMade: boolean;
  wasWritten: boolean;
  readonly places: ListedPlace[] = [];
  readonly #keep: (bytes: number) => void;
  #next: number;

  constructor(keep: (bytes: number) => void, under: Changing | null) {
    this.#keep = keep;
    this.#under = under;
    this.#flags = new Layer(keep, under === null ? null : under.#flags);
    this.#next = under === null ? 0 : under.#next;
    this.arraysMade = under?.arraysMade ?? false;
    this.wasWritten = under?.wasWritten ?? false;
  }

  newDict(): Value {
    this.#next += 1;
    return handleOf(CHANGING, this.#next - 1);
  }

  /** @param code such as `f8`; null where it is not known, so that it may hold objects */
  newType(code: string | null): Value {
    const made = this.newDict();
    this.#add(made, code === null ? TYPE | OBJECTS : TYPE);
    if (code === null) return made;
    if (this.#codes.size < MAX_TYPES) this.#codes.set(placeOf(made), code.slice(0, 32));
    this.#keep(200);
    return made;
  }

  isDict(value: Value | undefined): value is number {
    return value !== undefined && kindOf(value) === CHANGING && (this.#of(value) & (TYPE | WRAPPER | PART)) === 0;
  }

  isType(value: Value | undefined): value is number {
    return value !== undefined && kindOf(value) === CHANGING && (this.#of(value) & TYPE) !== 0;
  }

  newWrapper(): Value {
    const made = this.newDict();
    this.#add(made, WRAPPER);
    return made;
  }

  isWrapper(value: Value): boolean {
    return kindOf(value) === CHANGING && (this.#of(value) & WRAPPER) !== 0;
  }

  /** @returns whether it was filled before */
  fillWrapper(value: Value): boolean {
    const before = this.#of(value);
    this.#add(value, FILLED);
    return (before & FILLED) !== 0;
  }

  addPlace(place: ListedPlace): void {
    this.#keep(200);
    this.places.push(place);
  }

  newPart(part: ArrowPart): Value {
    const made = this.newDict();
    this.#add(made, PART);
    this.#keep(300);
    this.#parts.set(placeOf(made), part);
    return made;
  }

  /** Whether something was made that arrays of Arrow are made of. */
  get hasParts(): boolean {
    return this.#parts.size > 0 || this.#under?.hasParts === true;
  }

  partOf(value: Value | undefined): ArrowPart | null {
    if (value === undefined || kindOf(value) !== CHANGING || (this.#of(value) & PART) === 0) return null;
    return this.#parts.get(placeOf(value)) ?? this.#under?.partOf(value) ?? null;
  }

  /** A dictionary gets what pandas takes for an array of Arrow. */
  holdArray(value: Value, isArray: boolean): void {
    this.#add(value, isArray ? ARRAY : NO_ARRAY);
  }

  /** Whether all that pandas takes for an array of Arrow in a dictionary is one. */
  holdsArray(value: Value): boolean {
    return (this.#of(value) & (ARRAY | NO_ARRAY)) === ARRAY;
  }

  holdRange(value: Value): void {
    this.#add(value, RANGE);
  }

  holdsRange(value: Value): boolean {
    return (this.#of(value) & (RANGE | MADE_KEYS)) !== 0;
  }

  /** What came out of a call. */
  isMade(value: Value): boolean {
    return kindOf(value) === CHANGING && (this.#of(value) & (TYPE | WRAPPER | PART)) !== 0;
  }

  /** The code of a type, such as `f8`. */
  codeOf(value: Value | undefined): string | null {
    if (!this.isType(value)) return null;
    return this.#codes.get(placeOf(value)) ?? this.#under?.codeOf(value) ?? null;
  }

  /** Bytes of an item of a type; null where that is not known yet. */
  sizeOf(value: Value | undefined): number | null {
    if (!this.isType(value)) return null;
    const set = this.#sizes.get(placeOf(value));
    if (set !== undefined) return set;
    const code = this.#codes.get(placeOf(value));
    return code === undefined ? (this.#under?.sizeOf(value) ?? null) : sizeInRecord(code);
  }

  setSize(value: Value, size: number): void {
    if (this.#sizes.size >= MAX_TYPES) return;
    this.#keep(64);
    this.#sizes.set(placeOf(value), size);
  }

  hasMadeKeys(value: Value): boolean {
    return (this.#of(value) & MADE_KEYS) !== 0;
  }

  /** A key came out of a call: it may be any text. */
  madeKey(value: Value): void {
    this.#add(value, MADE_KEYS);
  }

  /** Whether it holds Python objects by now. Who asked relies on it: `holdObjects` says so when it changes. */
  holdsObjects(value: Value): boolean {
    if ((this.#of(value) & (OBJECTS | MADE_KEYS)) !== 0) return true;
    this.#add(value, JUDGED);
    return false;
  }

  /** @returns whether somebody was told before that it holds none */
  holdObjects(value: Value): boolean {
    const before = this.#of(value);
    this.#add(value, OBJECTS);
    return (before & (JUDGED | OBJECTS)) === JUDGED;
  }

  /** A dictionary's values, if all of them are fields of a type. Who asked relies on it: `isLaid` says so. */
  fieldsOf(value: Value): readonly Field[] | null {
    if (!this.isDict(value) || (this.#of(value) & OTHERS) !== 0) return null;
    this.#add(value, LAID);
    return this.entriesOf(value)?.fields ?? null;
  }

  isLaid(value: Value): boolean {
    return (this.#of(value) & LAID) !== 0;
  }

  holdField(value: Value, field: Field): void {
    this.#keep(96);
    this.keepEntries(value, (entries) => {
      entries.fields ??= [];
      entries.fields.push(field);
    });
  }

  /** A value that is no field of a type. @param hashed whether Python hashes it by what is in it */
  holdOther(value: Value, hashed: boolean): void {
    this.#add(value, hashed ? OTHERS | HASHED : OTHERS);
  }

  /** Whether it is a dictionary that holds none of them. */
  isLight(value: Value): boolean {
    return this.isDict(value) && (this.#of(value) & (HASHED | MADE_KEYS)) === 0;
  }

  entriesOf(value: Value): Entries | null {
    return this.#entries.get(placeOf(value)) ?? null;
  }

  keepEntries(value: Value, change: (entries: Entries) => void): void {
    const place = placeOf(value);
    const entries = this.#entries.get(place) ?? {};
    change(entries);
    if (this.#entries.size >= MAX_ENTRIES) this.#entries.clear();
    this.#entries.set(place, entries);
  }

  #of(value: Value): number {
    return this.#flags.get(placeOf(value));
  }

  #add(value: Value, flag: number): void {
    const before = this.#of(value);
    if ((before & flag) !== flag) this.#flags.set(placeOf(value), before | flag);
  }
}

function placeOf(value: Value): number {
  return typeof value === 'number' ? payloadOf(value) : -1;
}

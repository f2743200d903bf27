import { ScanError, type Source } from '../format.ts';
import { type JsonEvents, readJson } from '../json-reader.ts';
import type { Mapping } from './note.ts';

/** Bytes that may be kept of what was read, by a rough count. */
const MAX_KEPT = 20 * 2 ** 20;
/** Items of a list or mapping up to which all are kept. */
const SHORT = 1000;
const CONTAINER_BYTES = 120;
const STRING_BYTES = 32;
const SLOT_BYTES = 8;
const ENTRY_BYTES = 64;

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

interface Open {
  readonly value: Json[] | { [key: string]: Json };
  /** Items that were read, kept or not. */
  count: number;
  key: string;
  /** Of what is kept in it. */
  bytes: number;
  holdsMapping: boolean;
  holdsTemplate: boolean;
}

/** What lists in lists are replaced by: no rule asks for them. */
const NOTHING: Json[] = [];

/**
 * Gives each mapping of JSON that holds something, of any size, to the rules as soon as it ends, and each whole value (one, or one a line). Kept
 * for those around it is what rules can ask for: of long lists and mappings not the numbers, plain words and mappings, which
 * are what tokenizers, tables and weights as JSON are made of. Where an object has a key twice, all is given once more as
 * readers take it that go by the first.
 *
 * @throws ScanError `malformed` where it is no JSON, `too_large` for more than may be kept
 */
export function readMappings(source: Source, onMapping: (one: Mapping) => void, onRoot: (root: unknown) => void): void {
  const last = new Mappings('last', onMapping, onRoot);
  readJson(source, last);
  if (last.repeats) readJson(source, new Mappings('first', onMapping, onRoot));
}

/** The first value of a text of JSON, by the first of equal keys; undefined where no key is repeated. @throws ScanError as `readMappings` */
export function readByFirst(source: Source): unknown {
  const last = new Mappings('last', ignore, ignore);
  readJson(source, last);
  if (!last.repeats) return undefined;
  let found: unknown;
  readJson(
    source,
    new Mappings('first', ignore, (root) => {
      found ??= root;
    }),
  );
  return found;
}

const ignore = (): void => undefined;

class Mappings implements JsonEvents {
  readonly #onMapping: (one: Mapping) => void;
  readonly #onRoot: (root: unknown) => void;
  readonly #open: Open[] = [];
  /** Which of equal keys counts. */
  readonly #counts: 'first' | 'last';
  #bytes = 0;
  /** Whether an object has a key twice. */
  repeats = false;

  constructor(counts: 'first' | 'last', onMapping: (one: Mapping) => void, onRoot: (root: unknown) => void) {
    this.#counts = counts;
    this.#onMapping = onMapping;
    this.#onRoot = onRoot;
  }

  open(kind: 'object' | 'array'): void {
    // Without a prototype `__proto__` is a key like any other.
    const value: Open['value'] = kind === 'array' ? [] : Object.create(null);
    this.#keep(CONTAINER_BYTES);
    const bytes = CONTAINER_BYTES;
    this.#open.push({ value, count: 0, key: '', bytes, holdsMapping: kind === 'object', holdsTemplate: false });
  }

  key(name: string): void {
    const parent = this.#open.at(-1);
    if (parent !== undefined) parent.key = name;
  }

  close(): void {
    const ended = this.#open.pop();
    if (ended === undefined) return;
    const { value, bytes } = ended;
    // An empty one asks for nothing, and a million of them take seconds.
    if (!Array.isArray(value) && ended.count > 0) this.#onMapping(value);
    const parent = this.#open.at(-1);
    if (parent === undefined) {
      this.#bytes -= bytes;
      this.#onRoot(value);
      return;
    }
    parent.holdsMapping ||= ended.holdsMapping;
    parent.holdsTemplate ||= ended.holdsTemplate;
    const inList = Array.isArray(parent.value);
    const empty = inList && !ended.holdsMapping;
    const dropped = inList && parent.count >= SHORT && !ended.holdsTemplate;
    if (empty || dropped) this.#bytes -= bytes;
    else parent.bytes += bytes;
    if (dropped) parent.count += 1;
    else this.#put(parent, empty ? NOTHING : value, 0);
  }

  scalar(value: string | number | boolean | null): void {
    const parent = this.#open.at(-1);
    if (parent === undefined) return;
    if (typeof value !== 'string') {
      if (parent.count >= SHORT && !matters(parent, value)) parent.count += 1;
      else this.#put(parent, value, 0);
      return;
    }
    parent.holdsTemplate ||= value.includes('{{') || value.includes('{%');
    if (parent.count >= SHORT && Array.isArray(parent.value) && isPlainWord(value)) parent.count += 1;
    else this.#put(parent, value, STRING_BYTES + 2 * value.length);
  }

  #put(parent: Open, value: Json, bytes: number): void {
    const { value: into, key } = parent;
    const all = bytes + (Array.isArray(into) ? SLOT_BYTES : ENTRY_BYTES + 2 * key.length);
    this.#keep(all);
    parent.bytes += all;
    parent.count += 1;
    if (Array.isArray(into)) into.push(value);
    else if (key in into) {
      this.repeats = true;
      if (this.#counts === 'last') into[key] = value;
    } else into[key] = value;
  }

  #keep(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > MAX_KEPT)
      throw new ScanError('too_large', 'JSON that names code to load, with more in it than a scan may keep', 0);
  }
}

/** Of a mapping with many entries: what is true, and numbers under keys that are no words of a vocabulary. */
function matters({ value, key }: Open, scalar: number | boolean | null): boolean {
  if (Array.isArray(value) || scalar === null || scalar === false) return false;
  return scalar === true || /^[\w/.-]{0,4}$|^[\w/.-]*[_/][\w/.-]*$/.test(key);
}

/** Nothing that is an address, a path, a template or the name of something in a module. */
function isPlainWord(text: string): boolean {
  return /^[^!-/:-@[-`{-~]*$/.test(text);
}

import { Cursor } from '../cursor.ts';
import { scanEmbedded } from '../embedded-text.ts';
import {
  evidenceOf,
  type Format,
  type FormatVerdict,
  type ScanContext,
  ScanError,
  type Source,
  slice,
  startsWith,
} from '../format.ts';

/** Bytes of UBJSON's values of fixed size, by marker (https://ubjson.org). */
const SIZES: ReadonlyMap<string, number> = new Map(
  Object.entries({ Z: 0, N: 0, T: 0, F: 0, i: 1, U: 1, C: 1, I: 2, l: 4, d: 4, L: 8, D: 8 }),
);
const MAX_DEPTH = 32;
const MAX_KEY = 4096;
/** Bytes below which a text is too short to be a configuration or a pickle that does something. */
const SHORT = 12;

/**
 * Models as XGBoost saves them, in UBJSON: numbers and names that it parses and never calls; texts are looked into. Its JSON is text. Walked to
 * the last byte, for what a model holds must be all that the file holds.
 */
export const xgboost: Format = {
  name: 'xgboost',
  rules: [],
  // The first key is of eight bytes of length, so that its begin is no text.
  detect: (head) => startsWith(head, '{L\0\0\0\0\0\0\0'),
  scan: (file, context): FormatVerdict => {
    const walker = new Walker(file, context);
    const keys = walker.root();
    if (walker.position !== file.size)
      throw new ScanError('malformed', `${file.size - walker.position} bytes after the model`, walker.position);
    if (!keys.has('learner') || !keys.has('version'))
      throw new ScanError('malformed', 'expected a learner and a version', 0);
    return { format: 'xgboost', verdict: 'clean', notes: [] };
  },
};

class Walker {
  readonly #file: Source;
  readonly #cursor: Cursor;
  readonly #context: ScanContext;

  constructor(file: Source, context: ScanContext) {
    this.#file = file;
    this.#cursor = new Cursor(file);
    this.#context = context;
  }

  get position(): number {
    return this.#cursor.position;
  }

  root(): ReadonlySet<string> {
    this.#cursor.skip(1);
    return this.#object(0);
  }

  #value(depth: number): void {
    const marker = this.#marker();
    if (marker === '{') this.#object(depth + 1);
    else if (marker === '[') this.#array(depth + 1);
    else if (marker === 'S') this.#text(this.#length());
    else this.#cursor.skip(this.#size(marker));
  }

  /** Of an attribute that somebody set, or the name of a feature. */
  #text(length: number): void {
    const start = this.position;
    this.#cursor.skip(length);
    if (length >= SHORT) scanEmbedded(slice(this.#file, `text@${start}`, start, start + length), this.#context);
  }

  /** Without a count or type, as XGBoost writes them. */
  #object(depth: number): ReadonlySet<string> {
    this.#deep(depth);
    const keys = new Set<string>();
    while (String.fromCharCode(this.#cursor.peek()) !== '}') {
      this.#context.tick();
      const at = this.position;
      const length = this.#length();
      if (length > MAX_KEY) throw new ScanError('malformed', `a key of ${length} bytes`, at);
      const key = this.#cursor.text(length);
      if (keys.has(key)) throw new ScanError('malformed', `the key ${evidenceOf(key)} twice`, at);
      keys.add(key);
      this.#value(depth);
    }
    this.#cursor.skip(1);
    return keys;
  }

  #array(depth: number): void {
    this.#deep(depth);
    const next = String.fromCharCode(this.#cursor.peek());
    if (next === '$') {
      this.#cursor.skip(1);
      const size = this.#size(this.#marker());
      if (this.#marker() !== '#') throw new ScanError('malformed', 'a typed list without a count', this.position);
      this.#cursor.skip(size * this.#length());
      return;
    }
    if (next === '#') {
      this.#cursor.skip(1);
      // Each item takes a byte at least.
      for (let left = this.#length(); left > 0; left -= 1) this.#item(depth);
      return;
    }
    while (String.fromCharCode(this.#cursor.peek()) !== ']') this.#item(depth);
    this.#cursor.skip(1);
  }

  #item(depth: number): void {
    this.#context.tick();
    this.#value(depth);
  }

  #deep(depth: number): void {
    if (depth > MAX_DEPTH) throw new ScanError('malformed', 'nested too deeply', this.position);
  }

  #marker(): string {
    return String.fromCharCode(this.#cursor.byte());
  }

  #size(marker: string): number {
    const size = SIZES.get(marker);
    if (size === undefined) throw new ScanError('malformed', `an unknown marker ${evidenceOf(marker)}`, this.position);
    return size;
  }

  /** Big-endian. @throws ScanError for what is no whole number or below zero */
  #length(): number {
    const at = this.position;
    const marker = this.#marker();
    if (!['i', 'U', 'I', 'l', 'L'].includes(marker)) throw new ScanError('malformed', 'expected a length', at);
    const bytes = Buffer.from(this.#cursor.bytes(this.#size(marker)));
    const value =
      bytes.length === 8
        ? Number(bytes.readBigInt64BE())
        : marker === 'U'
          ? bytes.readUInt8()
          : bytes.readIntBE(0, bytes.length);
    if (!Number.isSafeInteger(value) || value < 0) throw new ScanError('malformed', `a length of ${value}`, at);
    return value;
  }
}

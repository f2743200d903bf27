import { sha256Hex } from '../canonical.ts';
import { evidenceOf, ScanError, type Source } from './format.ts';
import { type JsonEvents, readJson } from './json-reader.ts';

/** Bytes that a tensor takes until the header is read: its range, and its name as long as it is short. */
const TENSOR_BYTES = 160;
const SHORT = 64;

export interface Tensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly range: readonly number[];
}

/** Places in the header, by how many objects and lists are open. */
const [HEADER, TENSOR, LIST] = [1, 2, 3];

/**
 * Reads the header of safetensors, tensor by tensor, through a small window: it may have 100 MB.
 *
 * @param metadata given each text of `__metadata__`
 * @param keep asked before memory is taken
 * @throws ScanError for what is no header, and where a reader could take it otherwise, such as a name twice
 */
export function readTensors(
  header: Source,
  found: (tensor: Tensor) => void,
  metadata: (key: string, value: string) => void,
  keep: (bytes: number) => void,
): void {
  const events = new Header(found, metadata, keep);
  try {
    readJson(header, events);
  } catch (error) {
    if (!(error instanceof ScanError) || error.code !== 'malformed') throw error;
    throw wrong(`the header: ${error.message}`);
  }
}

class Header implements JsonEvents {
  readonly #found: (tensor: Tensor) => void;
  readonly #metadata: (key: string, value: string) => void;
  readonly #keep: (bytes: number) => void;
  /** Names of tensors, and keys of what is open in the header. */
  readonly #names = new Set<string>();
  readonly #keys = new Set<string>();
  #depth = 0;
  #ended = false;
  #name = '';
  #key = '';
  #dtype: string | null = null;
  #lists: Record<'shape' | 'data_offsets', number[] | null> = { shape: null, data_offsets: null };

  constructor(
    found: (tensor: Tensor) => void,
    metadata: (key: string, value: string) => void,
    keep: (bytes: number) => void,
  ) {
    this.#found = found;
    this.#metadata = metadata;
    this.#keep = keep;
  }

  open(kind: 'object' | 'array'): void {
    if (this.#ended) throw wrong('more than one header');
    this.#depth += 1;
    if (this.#depth < LIST) {
      if (kind === 'array')
        throw wrong(this.#depth === HEADER ? 'the header is no object' : `${this.#quoted} is no object`);
      this.#keys.clear();
      return;
    }
    if (this.#name === '__metadata__') throw wrong(`__metadata__ ${evidenceOf(this.#key)} is no text`);
    if (kind === 'object' || this.#depth > LIST || (this.#key !== 'shape' && this.#key !== 'data_offsets'))
      throw this.#odd();
    this.#lists[this.#key] = [];
  }

  close(): void {
    this.#depth -= 1;
    this.#ended = this.#depth === 0;
    if (this.#depth !== HEADER || this.#name === '__metadata__') return;
    const { shape, data_offsets: range } = this.#lists;
    const dtype = this.#dtype;
    if (dtype === null || shape === null || range === null) throw this.#odd();
    this.#dtype = null;
    this.#lists = { shape: null, data_offsets: null };
    this.#found({ name: this.#name, dtype, shape, range });
  }

  key(name: string): void {
    if (!name.isWellFormed()) throw wrong('half a surrogate pair (\\ud800 to \\udfff), which is no character');
    if (this.#depth === HEADER) this.#name = name;
    else this.#key = name;
    const seen = this.#depth === HEADER ? this.#names : this.#keys;
    const short = name.length < SHORT ? name : sha256Hex(name);
    if (seen.has(short)) throw wrong(`the name ${evidenceOf(name)} twice in one object`);
    this.#keep(this.#depth === HEADER ? TENSOR_BYTES : this.#name === '__metadata__' ? SHORT : 0);
    seen.add(short);
  }

  scalar(value: string | number | boolean | null): void {
    if (typeof value === 'string' && !value.isWellFormed())
      throw wrong('half a surrogate pair (\\ud800 to \\udfff), which is no character');
    if (this.#depth < TENSOR) throw wrong(`${this.#quoted} is no object`);
    if (this.#name === '__metadata__') {
      if (typeof value !== 'string') throw wrong(`__metadata__ ${evidenceOf(this.#key)} is no text`);
      this.#metadata(this.#key, value);
    } else if (this.#depth === LIST) this.#number(value);
    else if (this.#key === 'dtype' && typeof value === 'string') this.#dtype = value;
    else throw this.#odd();
  }

  #number(value: unknown): void {
    const list = this.#key === 'shape' || this.#key === 'data_offsets' ? this.#lists[this.#key] : null;
    // No tensor has as many dimensions.
    if (list === null || typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || list.length >= 1000)
      throw this.#odd();
    list.push(value);
  }

  get #quoted(): string {
    return this.#name === '' ? 'the header' : evidenceOf(this.#name);
  }

  #odd(): ScanError {
    return wrong(`${this.#quoted} has not just a dtype, shape and data_offsets`);
  }
}

function wrong(message: string): ScanError {
  return new ScanError('malformed', message, 8);
}

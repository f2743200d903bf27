import {
  evidenceOf,
  type FormatVerdict,
  type Note,
  readExactly,
  type ScanContext,
  ScanError,
  type Source,
  slice,
  startsWith,
} from '../format.ts';
import { inflated } from '../inflated.ts';
import { arrayEnd } from './array.ts';
import { isDangerous } from './dangerous.ts';
import { type Global, nameOf } from './globals.ts';
import { Machine, type Observer, type PickleFinding } from './machine.ts';
import { decoded, encodingOf, sourceOf } from './nested.ts';
import { probe } from './probe.ts';
import { type Storages, sourceClassOf, storageOf } from './torch.ts';
import { DATA, type Value } from './values.ts';

export interface PickleOptions {
  /** Where persistent ids name tensors, as in PyTorch's checkpoints: filled with them. */
  readonly storages?: Storages;
  /** The format before zip, where persistent ids also name classes. */
  readonly legacy?: boolean;
}

const DATA_FORMATS = 'Save the weights alone, as safetensors or ONNX, or the estimator with skops.';

/** One after the other in one file: a reader may load them all. */
const MAX_PICKLES = 10_000;

/** Scans the pickle at the start of a source and those that follow it. */
export function scanPickle(source: Source, context: ScanContext, options: PickleOptions = {}): FormatVerdict {
  const scan = new PickleScan(source, context, options);
  return scan.verdict(() => scan.all());
}

/** A scan of one stream of pickles, which may be read in pieces. */
export class PickleScan implements Observer {
  readonly notes: Note[] = [];
  readonly #source: Source;
  readonly #context: ScanContext;
  readonly #options: PickleOptions;
  readonly #seen = new Set<string>();
  /** Where content began that was scanned as a file of its own. */
  readonly #scanned = new Set<number>();

  constructor(source: Source, context: ScanContext, options: PickleOptions) {
    this.#source = source;
    this.#context = context;
    this.#options = options;
  }

  /** What the walk found, also where it could not go on. */
  verdict(walk: () => void): FormatVerdict {
    const format = 'pickle';
    try {
      walk();
    } catch (error) {
      if (!(error instanceof ScanError)) throw error;
      const broken = error.code === 'malformed' || error.code === 'short_read';
      if (!broken && this.notes.length === 0) throw error;
      const rule = broken ? 'pickle-malformed' : 'pickle-not-read-to-the-end';
      const message = `the unpickler stops, or the scan does: ${error.message}`;
      this.finding({ rule, severity: 'high', message, offset: error.offset });
    }
    return { format, verdict: this.notes.length > 0 ? 'finding' : 'clean', notes: this.notes };
  }

  all(): void {
    let at = this.one(0);
    for (let count = 1; at < this.#source.size; count += 1) {
      const next = probe(this.#source, at, () => this.tick());
      if (count > MAX_PICKLES || (next.end === null && !next.imports)) {
        const message = `${this.#source.size - at} bytes after the end of the pickle, which some loader may read`;
        this.finding({ rule: 'pickle-trailing-data', severity: 'high', message, offset: at });
        return;
      }
      at = this.one(at);
    }
  }

  /** @returns where the pickle ends */
  one(start: number): number {
    const machine = new Machine(this.#source, start, this);
    machine.run();
    return machine.cursor.position;
  }

  finding(found: PickleFinding): void {
    const key = `${found.rule} ${found.evidence ?? found.message}`;
    if (this.#seen.has(key) || this.notes.length >= 100) return;
    this.#seen.add(key);
    this.notes.push({ fix: DATA_FORMATS, ...found });
  }

  imported(found: Global, offset: number): void {
    if (found.grade !== null) return;
    const evidence = evidenceOf(nameOf(found));
    if (isDangerous(found.module, found.name)) {
      const message = 'loading it imports what runs code or reaches the system';
      this.finding({ rule: 'pickle-dangerous-import', severity: 'critical', message, evidence, offset });
    } else {
      const message = 'loading it imports something that is not known to be harmless';
      this.finding({ rule: 'pickle-unlisted-import', severity: 'high', message, evidence, offset });
    }
  }

  called(): void {}

  persistent(id: Value, offset: number, machine: Machine): Value {
    const { storages } = this.#options;
    const named = this.#options.legacy === true ? sourceClassOf(machine, id) : null;
    if (named !== null) return named;
    const storage = storages === undefined ? null : storageOf(machine, id);
    if (storage === null || storages === undefined) {
      const message = 'it names an object outside of itself, and its loader decides what that is';
      const name = machine.textOf(id);
      const evidence = name === null ? {} : { evidence: evidenceOf(name) };
      this.finding({ rule: 'pickle-persistent-id', severity: 'high', message, ...evidence, offset });
      return DATA;
    }
    const known = storages.get(storage.key);
    if (known === undefined) this.keep(200);
    storages.set(storage.key, Math.max(known ?? 0, storage.bytes));
    return DATA;
  }

  content(start: number, length: number, head: Uint8Array): void {
    const encoding = encodingOf(head);
    if (encoding === null) return;
    const name = `${encoding === 'raw' ? '' : `${encoding}:`}content@${start}`;
    if (encoding === 'raw') {
      if (this.#nested(slice(this.#source, name, start, start + length))) this.#scanned.add(start);
      return;
    }
    const bytes = decoded(this.#source, start, length, encoding);
    if (bytes !== null) this.#nested(sourceOf(`${this.#source.path}!/${name}`, bytes));
  }

  /** Content that begins like a pickle, or like what holds one; by chance, data does, too. @returns whether it was scanned */
  #nested(inner: Source): boolean {
    const head = readExactly(inner, 0, Math.min(inner.size, 8));
    if (startsWith(head, 'x') || startsWith(head, '\x1f\x8b')) {
      const plain = inflated(inner, this.#context, 'trial');
      if (plain === null || encodingOf(readExactly(plain, 0, Math.min(64, plain.size))) === null) return false;
      return this.#nested(plain);
    }
    if (head[0] !== 0x80 && head[0] !== 0x63 && head[0] !== 0x28) {
      this.#context.inside(inner);
      return true;
    }
    const found = probe(inner, 0, () => this.tick());
    const acts = found.acts || (found.imports && (found.end !== null || head[0] === 0x80));
    // Of one that only holds data, the data is looked into.
    const scanned = acts || (found.end === inner.size && head[0] === 0x80);
    if (scanned) this.#context.insideAs(inner, 'pickle', (source) => scanPickle(source, this.#context));
    return scanned;
  }

  unpickled(start: number, length: number, name: string): void {
    // What looks like a pickle was scanned when it was read.
    if (this.#scanned.has(start)) return;
    this.#context.inside(slice(this.#source, `${name}@${start}`, start, start + length));
  }

  array(state: Value, start: number, machine: Machine): number {
    const end = arrayEnd(machine, state, start);
    if (end === 'pickle') return this.#objects(start);
    const { harm } = probe(this.#source, start, () => this.tick(), machine);
    if (harm !== null) {
      const message = 'the bytes of an array are opcodes to a loader other than joblib';
      this.finding({ rule: 'pickle-two-readings', severity: 'high', message, evidence: harm, offset: start });
    }
    return end;
  }

  #objects(start: number): number {
    // `pickle.load`, which knows nothing of arrays that stand between the opcodes.
    const plain = new Machine(this.#source, start, {
      finding: (found) => this.finding(found),
      imported: (found, offset) => this.imported(found, offset),
      called: () => {},
      persistent: (id, offset, machine) => this.persistent(id, offset, machine),
      content: (at, length, head) => this.content(at, length, head),
      unpickled: (at, length, name) => this.unpickled(at, length, name),
      array: (_, at) => at,
      tick: () => this.tick(),
      keep: (bytes) => this.keep(bytes),
    });
    plain.run();
    return plain.cursor.position;
  }

  tick(): void {
    this.#context.tick();
  }

  keep(bytes: number): void {
    this.#context.keep(bytes);
  }
}

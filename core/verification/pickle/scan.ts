import { scanWords } from '../encoded-words.ts';
import {
  evidenceOf,
  type FormatVerdict,
  innerPath,
  type Note,
  readExactly,
  type ScanContext,
  ScanError,
  type Source,
  slice,
  startsWith,
} from '../format.ts';
import { inflated } from '../inflated.ts';
import { isLzmaAlone, LzmaAlone } from '../lzma/alone.ts';
import { arrayEnd } from './array.ts';
import { isDangerous } from './dangerous.ts';
import { encodingsOf, MAX_ENCODED } from './encodings.ts';
import { type Global, nameOf } from './globals.ts';
import { JOINED } from './joined.ts';
import { latinOf, mayBeLatinOf } from './latin.ts';
import { Machine, type Observer, type PickleFinding } from './machine.ts';
import { decoded, mayImport, sourceOf } from './nested.ts';
import { probe } from './probe.ts';
import { startOf } from './start.ts';
import type { Range } from './stored.ts';
import { type Storages, sourceClassOf, storageOf } from './torch.ts';
import { DATA, type Value } from './values.ts';
import { beginsWithin, bytesOfText, SMALL } from './within.ts';

export interface PickleOptions {
  /** Where persistent ids name tensors, as in PyTorch's checkpoints: filled with them. */
  readonly storages?: Storages;
  /** The format before zip, where persistent ids also name classes. */
  readonly legacy?: boolean;
}

const DATA_FORMATS = 'Save the weights alone, as safetensors or ONNX, or the estimator with skops.';

/** Bytes by which content is told. */
const HEAD = 256;
/** By which it is told once more, before it is tried. */
const SEEN = 4096;

/** Places in small content at which a pickle may begin; the first ones are looked at. */
const MAX_BEGINS = 64;

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

  content(start: number, length: number, head: Uint8Array): boolean {
    const raw = startOf(head, length) !== null && this.#mayBegin(start, length);
    if (mayBeLatinOf(head, 0) && this.#latin(start, length)) return true;
    const text = textOf(head);
    const joined = JOINED.exec(text)?.index ?? 0;
    if (joined > 0 && this.text(start + joined, length - joined, text.slice(joined))) return true;
    if (!raw && encodingsOf(text, length).length === 0) return false;
    const source = slice(this.#source, `content@${start}`, start, start + length);
    if (!raw || !this.#raw(source, 1)) return this.#encoded(source, text, 1);
    this.#scanned.add(start);
    return true;
  }

  /** Text whose characters are the bytes of an archive. */
  #latin(start: number, length: number): boolean {
    try {
      const text = slice(this.#source, `content@${start}`, start, start + length);
      const found = this.#raw(
        latinOf(text, () => this.tick()),
        1,
      );
      if (found) this.#scanned.add(start);
      return found;
    } catch (error) {
      if (error instanceof ScanError && error.code === 'malformed') return false;
      throw error;
    }
  }

  /** As `startOf`, by more than the head: a walk costs less than a trial. */
  #mayBegin(start: number, length: number): boolean {
    return length <= HEAD || startOf(readExactly(this.#source, start, Math.min(length, SEEN)), length) !== null;
  }

  within(start: number, length: number, seen: Uint8Array | null): void {
    const name = `content@${start}`;
    // What was read is not read again: a pickle has millions of texts.
    const source =
      seen === null
        ? slice(this.#source, name, start, start + length)
        : sourceOf(innerPath(this.#source, name), Buffer.from(seen));
    scanWords(source, () => this.tick(), new PickleScan(source, this.#context, {}));
    if (length > SMALL) return;
    const bytes = readExactly(source, 0, length);
    const plain = bytesOfText(bytes);
    const said = plain === null ? null : sourceOf(`${source.path}:text`, plain);
    if (said !== null && plain !== null && startOf(plain, plain.length) === 'container') this.#raw(said, 1);
    const places = said === null || plain === null ? [] : beginsWithin(plain, 0).map((at) => [said, at] as const);
    for (const [of, at] of [...beginsWithin(bytes).map((at) => [source, at] as const), ...places].slice(
      0,
      MAX_BEGINS,
    )) {
      const inner = slice(of, `from@${at}`, at, of.size);
      const { harm, end } = probe(inner, 0, () => this.tick());
      // Of one that goes on to the end, the data is looked into, too.
      if (harm !== null || end === inner.size)
        this.#context.insideAs(inner, 'pickle', (pickle) => scanPickle(pickle, this.#context));
    }
  }

  /** Text that may be encoded: not what it says as it is. @param head its first characters @returns whether something was scanned */
  text(start: number, length: number, head: string): boolean {
    if (encodingsOf(head.length > length ? head.slice(0, length) : head, length).length === 0) return false;
    const source = slice(this.#source, `content@${start}`, start, start + length);
    return this.#encoded(source, textOf(readExactly(source, 0, Math.min(length, HEAD))), 1);
  }

  /** As `text`, of lines of base64 or hexadecimal digits. */
  lines(start: number, length: number, head: string): void {
    if (encodingsOf(head, length).some((encoding) => encoding === 'base64' || encoding === 'hex'))
      this.text(start, length, head);
  }

  /** Content that begins like a pickle, or like what holds one; by chance, data does, too. @returns whether it was scanned */
  #raw(inner: Source, depth: number): boolean {
    const head = readExactly(inner, 0, Math.min(inner.size, HEAD));
    const kind = startOf(head, inner.size);
    if (kind === 'container' && (startsWith(head, 'x') || startsWith(head, '\x1f\x8b'))) {
      const plain = inflated(inner, this.#context, 'trial');
      return plain !== null && this.#look(plain, depth + 1);
    }
    if (kind === 'container') {
      // Small numbers of four or eight bytes begin like it, too, with the sizes that the largest windows have.
      if (head[3] === 0 && isLzmaAlone(head) && !unpacksLzma(inner)) return false;
      this.#context.inside(inner);
      return true;
    }
    if (kind === null) return false;
    const found = probe(inner, 0, () => this.tick());
    // Of bytes that are all alike, an unpickler takes many for opcodes.
    if (found.long && !mayImport(inner)) return false;
    const acts = found.acts || (found.imports && (found.end !== null || head[0] === 0x80));
    // Of one that only holds data, the data is looked into.
    const scanned = acts || (found.end === inner.size && head[0] === 0x80);
    if (scanned) this.#context.insideAs(inner, 'pickle', (source) => scanPickle(source, this.#context));
    return scanned;
  }

  #encoded(source: Source, head: string, depth: number): boolean {
    for (const encoding of encodingsOf(head, source.size, depth)) {
      if (depth > MAX_ENCODED) throw new ScanError('too_large', `it is encoded more than ${MAX_ENCODED} times`, 0);
      const bytes = decoded(source, encoding, (begin) => this.#goesOn(begin, source.size));
      if (bytes === null) continue;
      this.#context.inflated(bytes.length);
      if (this.#look(sourceOf(`${source.path}:${encoding}`, bytes), depth + 1)) return true;
    }
    return false;
  }

  /** Whether an unpickler, or another encoding, may go on behind what is seen of so many bytes. */
  #goesOn(begin: Uint8Array, size: number): boolean {
    if (begin.subarray(0, 16).every((byte) => byte < 0x7f)) return true;
    try {
      const found = probe({ ...sourceOf('begin', begin), size }, 0, () => this.tick());
      return found.acts || (found.imports && found.end !== null);
    } catch (error) {
      if (error instanceof ScanError && error.code === 'short_read') return true;
      throw error;
    }
  }

  #look(inner: Source, depth: number): boolean {
    if (this.#raw(inner, depth)) return true;
    return this.#encoded(inner, textOf(readExactly(inner, 0, Math.min(inner.size, HEAD))), depth);
  }

  unpickled({ start, length, isText }: Range & { readonly isText: boolean }, name: string): void {
    // What looks like a pickle was scanned when it was read.
    if (this.#scanned.has(start)) return;
    const found = slice(this.#source, `${name}@${start}`, start, start + length);
    this.#context.inside(isText ? latinOf(found, () => this.tick()) : found);
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
      within: (at, length, seen) => this.within(at, length, seen),
      unpickled: (bytes, name) => this.unpickled(bytes, name),
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

/** Whether the begin of a stream unpacks: no reader gives anything of one that does not. */
function unpacksLzma(source: Source): boolean {
  try {
    new LzmaAlone(source, () => {}).next();
    return true;
  } catch (error) {
    if (!(error instanceof ScanError) || error.code === 'short_read') throw error;
    return error.code !== 'malformed';
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

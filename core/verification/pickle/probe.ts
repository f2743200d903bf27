import { evidenceOf, ScanError, type Source } from '../format.ts';
import { isDangerous } from './dangerous.ts';
import { type Global, nameOf } from './globals.ts';
import { Machine, type Observer } from './machine.ts';
import { DATA } from './values.ts';

export interface Probed {
  /** Where the first STOP ends, or null where an unpickler would raise before one. */
  readonly end: number | null;
  /** Whether something is imported, by a name that Python could import. */
  readonly imports: boolean;
  /** Whether something is called once something was imported, or it is too long to tell. */
  readonly acts: boolean;
  /** The first thing that it does and no ordinary pickle does; bytes that are no pickle do nothing of the kind by chance. */
  readonly harm: string | null;
  /** Whether it is too long to tell. */
  readonly long: boolean;
}

/** Text that nobody means as a pickle must not cost much. */
const MAX_TICKS = 1 << 14;
const MAX_KEPT = 4 * 2 ** 20;

/** Of what bytes say by chance: an unpickler without PyTorch or buffers raises at the first, and Python at the second. */
const CHANCE: ReadonlySet<string> = new Set([
  'pickle-persistent-id',
  'pickle-out-of-band',
  'pickle-unresolved-import',
  'pickle-extension',
]);

/** What an unpickler that starts at `start` would do, in the state of `from`. Reports nothing. @throws ScanError where the file can't be read */
export function probe(source: Source, start: number, tick: () => void, from: Machine | null = null): Probed {
  const observer = new Probe(tick);
  try {
    const machine = new Machine(source, start, observer, from);
    machine.run();
    return { ...observer.found(), end: machine.cursor.position };
  } catch (error) {
    if (!(error instanceof ScanError) || error.code === 'short_read' || error.code === 'timed_out') throw error;
    if (error.code === 'malformed') return { ...observer.found(), end: null };
    return { end: null, imports: true, acts: true, harm: 'more opcodes than chance has', long: true };
  }
}

class Probe implements Observer {
  #imports = false;
  #acts = false;
  #harm: string | null = null;
  #ticks = 0;
  #kept = 0;
  readonly #tick: () => void;

  constructor(tick: () => void) {
    this.#tick = tick;
  }

  found(): Omit<Probed, 'end'> {
    return { imports: this.#imports, acts: this.#acts, harm: this.#harm, long: false };
  }

  finding({ rule, evidence, message }: Parameters<Observer['finding']>[0]): void {
    if (!CHANCE.has(rule)) this.#harm ??= evidence ?? message;
  }

  imported(found: Global): void {
    if (!isImportable(found)) return;
    this.#imports = true;
    if (isDangerous(found.module, found.name)) this.#harm ??= evidenceOf(nameOf(found));
  }

  called(callee: Global | null): void {
    this.#acts ||= this.#imports;
    if (callee?.grade === null && (isImportable(callee) || callee.module === '?'))
      this.#harm ??= evidenceOf(nameOf(callee));
  }

  persistent(): typeof DATA {
    return DATA;
  }

  content(): boolean {
    return false;
  }

  within(): void {}

  unpickled(_: unknown, name: string): void {
    this.#harm ??= evidenceOf(name);
  }

  array(_: unknown, at: number): number {
    return at;
  }

  tick(): void {
    this.#tick();
    this.#ticks += 1;
    if (this.#ticks > MAX_TICKS) throw new ScanError('too_large', 'too long for a probe', 0);
  }

  keep(bytes: number): void {
    this.#kept += bytes;
    if (this.#kept > MAX_KEPT) throw new ScanError('too_large', 'too much for a probe', 0);
  }
}

/** Pickles that only hold data, one after the other, before one that does more. */
const MAX_FOLLOWING = 1000;

/** Whether an unpickler that reads one pickle after the other would import and call, or `data` if all of it is pickles. */
export function whatPickles(source: Source): 'acts' | 'data' | null {
  let at = 0;
  for (let count = 0; count < MAX_FOLLOWING && at < source.size; count += 1) {
    const found = probe(source, at, () => {});
    if (found.acts || (found.end !== null && found.imports)) return 'acts';
    if (found.end === null) return null;
    at = found.end;
  }
  return at > 0 && at === source.size ? 'data' : null;
}

/** Spaces, punctuation or what is no text are in no name that Python can import. */
function isImportable({ module, name }: Global): boolean {
  return [module, name].every((part) => /^[^\s,;:"'(){}[\]\\/<>=*+\p{C}\uFFFD-]+\r?$/u.test(part));
}

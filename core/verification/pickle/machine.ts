import { Cursor } from '../cursor.ts';
import { evidenceOf, ScanError, type Severity, type Source } from '../format.ts';
import { Changing } from './changing.ts';
import { currentModule, currentName, type Global, gradeOf, nameOf } from './globals.ts';
import { HANDLERS } from './handlers.ts';
import { Imports } from './imports.ts';
import { Memo } from './memo.ts';
import { Sharing } from './sharing.ts';
import { Stack } from './stack.ts';
import { bytesAt, isTextAt, type Range, textIn } from './stored.ts';
import {
  BYTES,
  CHANGING,
  GLOBAL,
  globalOf,
  handleOf,
  kindOf,
  payloadOf,
  TEXT,
  unkeptOf,
  type Value,
  WORD,
} from './values.ts';
import { wordOf } from './words.ts';

/** What the machine tells of a pickle while it walks it. */
export interface Observer {
  finding(finding: PickleFinding): void;
  /** A name that is imported, listed or not. */
  imported(found: Global, offset: number): void;
  /** What is called or instantiated: null for what is no import. */
  called(callee: Global | null): void;
  /** @returns what the loader puts in the place of the id */
  persistent(id: Value, offset: number, machine: Machine): Value;
  /**
   * Bytes or text in the pickle, to be looked into; `head` holds its first bytes, and is good until it returns.
   *
   * @returns whether it was scanned as a file of its own
   */
  content(start: number, length: number, head: Uint8Array): boolean;
  /** Text that may hold a pickle behind its begin. @param seen all of it, where it is small; good until it returns */
  within(start: number, length: number, seen: Uint8Array | null): void;
  /** Bytes that a call would unpickle while it is loaded, or text that Latin-1 makes them of. */
  unpickled(bytes: Range & { readonly isText: boolean }, name: string): void;
  /** The array whose wrapper was just given this state stands at `start`; returns where the pickle goes on. */
  array(state: Value, start: number, machine: Machine): number;
  tick(): void;
  /** Before memory is taken. @throws ScanError `too_large` */
  keep(bytes: number): void;
}

export interface PickleFinding {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly evidence?: string;
  readonly offset: number;
  readonly fix?: string;
}

const STOP = 0x2e;

/**
 * Walks a pickle as `Lib/pickle.py` would, and imports, calls and builds nothing. Where Python raises, so does the
 * machine, or it goes on: it never stops where Python would not.
 */
export class Machine {
  readonly source: Source;
  readonly cursor: Cursor;
  readonly observer: Observer;
  readonly stack: Stack;
  readonly memo: Memo;
  readonly changing: Changing;
  readonly imports: Imports;
  readonly sharing: Sharing;
  protocol = 0;
  /** Offset of the opcode at work. */
  at = 0;

  /** @param from a machine whose state this one starts in, and which it leaves as it is */
  constructor(source: Source, start: number, observer: Observer, from: Machine | null = null) {
    const keep = (bytes: number): void => observer.keep(bytes);
    this.source = source;
    this.cursor = new Cursor(source, start);
    this.observer = observer;
    this.stack = from === null ? new Stack(keep) : from.stack.copy(keep);
    this.memo = new Memo(keep, from?.memo ?? null);
    this.changing = new Changing(keep, from?.changing ?? null);
    this.imports = from?.imports ?? new Imports();
    this.sharing = new Sharing((message) => this.report({ rule: 'pickle-explosion', severity: 'high', message }));
    this.protocol = from?.protocol ?? 0;
  }

  /** Walks to the STOP and past it. @returns what the pickle makes @throws ScanError where Python would raise, or earlier */
  run(): Value {
    const { cursor } = this;
    for (let count = 1; ; count += 1) {
      if ((count & 0xfff) === 0) this.observer.tick();
      this.at = cursor.position;
      const op = cursor.byte();
      if (op === STOP) return this.stack.pop();
      const handler = HANDLERS[op];
      if (handler === undefined)
        throw new ScanError('malformed', `0x${op.toString(16).padStart(2, '0')} is no opcode`, this.at);
      handler(this);
    }
  }

  get(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw new ScanError('malformed', `nothing was kept as ${index}`, this.at);
    this.stack.push(this.sharing.again(value));
  }

  /** Null for what is no text, or can be read no more. */
  textOf(value: Value | undefined): string | null {
    if (typeof value !== 'number') return null;
    const kind = kindOf(value);
    if (kind === WORD) return wordOf(payloadOf(value));
    return kind === TEXT ? textIn(this.cursor, Math.floor(payloadOf(value) / 2)) : null;
  }

  /** Where bytes stand in the file, or text that Latin-1 makes them of; null for what is none. */
  bytesOf(value: Value | undefined): (Range & { readonly isText: boolean }) | null {
    if (typeof value !== 'number' || kindOf(value) !== BYTES) return null;
    const found = bytesAt(this.cursor, payloadOf(value));
    return found === null ? null : { ...found, isText: isTextAt(this.cursor, payloadOf(value)) };
  }

  /** What Latin-1 makes of text that stands in the file; null for all else. */
  encoded(value: Value | undefined): Value | null {
    if (typeof value !== 'number' || kindOf(value) !== TEXT) return null;
    const offset = Math.floor(payloadOf(value) / 2);
    return isTextAt(this.cursor, offset) ? handleOf(BYTES, offset) : null;
  }

  /** What was imported, or with `made` what was made of. */
  globalOf(value: Value | undefined, made = false): Global | null {
    if (typeof value !== 'number' || kindOf(value) !== GLOBAL) return null;
    const payload = payloadOf(value);
    return payload % 2 === (made ? 1 : 0) ? this.imports.at(payload >> 1) : null;
  }

  /** What a checked call gives, which may be called in turn. */
  grant(found: Global): Value {
    return globalOf(this.imports.add(found), false);
  }

  madeOf(found: Global): Value {
    return globalOf(this.imports.add(found), true);
  }

  /** What GLOBAL and INST import by names that stand in the opcode, and STACK_GLOBAL by two from the stack. */
  import(module: string, name: string): Value {
    const current = this.protocol < 3 ? currentModule(module) : module;
    const renamed = this.protocol < 3 ? currentName(module, name) : name;
    const found: Global = { module: current, name: renamed, grade: gradeOf(current, renamed) };
    this.observer.imported(found, this.at);
    return globalOf(this.imports.add(found), false);
  }

  /** What two words from the stack name, if it is listed. */
  importListed(module: Value, name: Value): Value | null {
    if (typeof module !== 'number' || typeof name !== 'number' || this.protocol < 3) return null;
    if (kindOf(module) !== WORD || kindOf(name) !== WORD) return null;
    const place = this.imports.listed(payloadOf(module), payloadOf(name));
    if (place < 0) return null;
    this.observer.imported(this.imports.at(place), this.at);
    return globalOf(place, false);
  }

  /** Whether a value is a type of NumPy that holds Python objects, or has one in it. */
  holdsObjects(value: Value): boolean {
    if (typeof value !== 'number') return value.objects;
    return kindOf(value) === CHANGING ? this.changing.holdsObjects(value) : (unkeptOf(value)?.objects ?? false);
  }

  /** A dictionary or a type of NumPy holds objects from now on; if others were built on that it does not, they are false. */
  nowHoldsObjects(value: Value): void {
    if (!this.changing.holdObjects(value)) return;
    const message = 'it changes a NumPy type that others were made of, so that bytes are taken for pointers';
    this.report({ rule: 'pickle-numpy-type', severity: 'high', message });
  }

  report(finding: Omit<PickleFinding, 'offset'>): void {
    this.observer.finding({ ...finding, offset: this.at });
  }

  /** A listed function that is only harmless with the right arguments must not be handed to others that may call it. */
  stored(value: Value): void {
    if (kindOf(value) !== GLOBAL) return;
    const found = this.globalOf(value);
    if (found?.grade !== 'checked') return;
    this.report({
      rule: 'pickle-call',
      severity: 'high',
      message: 'a function that takes code in some of its arguments is handed on as a value',
      evidence: evidenceOf(nameOf(found)),
    });
  }
}

import { Cursor } from '../cursor.ts';
import { evidenceOf, ScanError, type Severity, type Source } from '../format.ts';
import { currentModule, currentName, gradeOf } from './globals.ts';
import { HANDLERS } from './handlers.ts';
import { Stack } from './stack.ts';
import { type Global, isGlobal, isObject, type Value } from './values.ts';

/** What the machine tells of a pickle while it walks it. */
export interface Observer {
  finding(finding: PickleFinding): void;
  /** A name that is imported, listed or not. */
  /** A name that is imported, listed or not; `own` if a forked machine read it itself, rather than finding it in the memo. */
  imported?(found: Global, offset: number, own: boolean): void;
  called?(callee: Value): void;
  /** @returns what the loader puts in the place of the id */
  persistent(id: Value, offset: number): Value;
  /** Bytes or text in the pickle, to be looked into; `head` holds its first 64 bytes. */
  content(start: number, length: number, head: Uint8Array): void;
  /** Bytes that a call would unpickle while it is loaded. */
  unpickled(start: number, length: number, name: string): void;
  /** The array whose wrapper was just filled stands at `start`; returns where the pickle goes on. */
  array(wrapper: Value, start: number, machine: Machine): number;
  tick(): void;
}

export interface PickleFinding {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly evidence?: string;
  readonly offset: number;
  readonly fix?: string;
}

/** Bytes that memo entries may take; a pickle with more is not scanned. */
const MAX_KEPT = 128 * 2 ** 20;
const STOP = 0x2e;

/**
 * Walks a pickle as `Lib/pickle.py` would, and imports, calls and builds nothing. Where Python raises, so does the
 * machine, or it goes on: it never stops where Python would not.
 */
export class Machine {
  readonly source: Source;
  readonly cursor: Cursor;
  readonly observer: Observer;
  stack = new Stack();
  protocol = 0;
  /** Offset of the opcode at work. */
  at = 0;
  #memo: Value[] = [];
  /** Of the machine that this one was forked from; read, never written. */
  #under: readonly Value[] = [];
  #memoSize = 0;
  /** Text that was read since the fork. */
  readonly #texts = new Set<string>();
  /** Where text stops to count as read since the fork. */
  #until = 0;
  #kept = 0;

  constructor(source: Source, start: number, observer: Observer) {
    this.source = source;
    this.cursor = new Cursor(source, start);
    this.observer = observer;
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

  /** A machine in the same state that reads on from elsewhere, where `until` ends what is not read by this one. */
  fork(start: number, until: number, observer: Observer): Machine {
    const other = new Machine(this.source, start, observer);
    other.stack = this.stack.copy();
    other.protocol = this.protocol;
    other.#until = until;
    other.#under = this.#under.length === 0 ? this.#memo : [...this.#under, ...this.#memo];
    other.#memoSize = this.#memoSize;
    other.#kept = this.#kept;
    return other;
  }

  put(index: number): void {
    const value = this.stack.top;
    this.#kept += typeof value === 'string' ? 24 + value.length : isObject(value) ? sizeOf(value) : 8;
    if (this.#kept > MAX_KEPT) throw new ScanError('too_large', 'a pickle with too many memo entries', this.at);
    if ((this.#memo[index] ?? this.#under[index]) === undefined) this.#memoSize += 1;
    this.#memo[index] = value;
  }

  memoize(): void {
    this.put(this.#memoSize);
  }

  get(index: number): void {
    const value = this.#memo[index] ?? this.#under[index];
    if (value === undefined) throw new ScanError('malformed', `nothing was kept as ${index}`, this.at);
    this.stack.push(value);
  }

  pushText(text: string): void {
    if (this.cursor.position <= this.#until) this.#texts.add(text);
    this.stack.push(text);
  }

  /** What GLOBAL and INST import, by names that stand in the opcode, and STACK_GLOBAL by two from the stack. */
  import(module: string, name: string, from: 'opcode' | 'stack'): Global {
    const current = this.protocol < 3 ? currentModule(module) : module;
    const renamed = this.protocol < 3 ? currentName(module, name) : name;
    const found: Global = { kind: 'global', module: current, name: renamed, grade: gradeOf(current, renamed) };
    const own = from === 'opcode' || (this.#texts.has(module) && this.#texts.has(name));
    this.observer.imported?.(found, this.at, own);
    return found;
  }

  report(finding: Omit<PickleFinding, 'offset'>): void {
    this.observer.finding({ ...finding, offset: this.at });
  }

  /** A listed function that is only harmless with the right arguments must not be handed to others that may call it. */
  stored(value: Value): void {
    if (!isGlobal(value) || value.grade !== 'checked') return;
    this.report({
      rule: 'pickle-call',
      severity: 'high',
      message: 'a function that takes code in some of its arguments is handed on as a value',
      evidence: evidenceOf(`${value.module}.${value.name}`),
    });
  }
}

/** Bytes, about. */
function sizeOf(value: Exclude<Value, number | string | boolean | null>): number {
  return value.kind === 'data' ? 8 : value.kind === 'tuple' ? 64 + 32 * value.items.length : 64;
}

import { Cursor } from '../cursor.ts';
import { type Format, type FormatVerdict, ScanError, type Source } from '../format.ts';

/**
 * Python pickles: programs for a stack machine that can call any function while they are loaded. Protocols 2 and later
 * begin with a PROTO opcode; older ones can be plain text, so the opcodes are walked as the unpickler would.
 */
export const pickle: Format = {
  name: 'pickle',
  rules: [],
  detect: (head, file) => (head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5) || callsSomething(file),
  scan: (): FormatVerdict => {
    const message = 'pickle executes code when loaded';
    const fix = 'Export the model in a format that holds data only, such as ONNX.';
    return {
      format: 'pickle',
      verdict: 'finding',
      notes: [{ rule: 'pickle', severity: 'high', message, fix, offset: 0 }],
    };
  },
};

/** How the argument of an opcode is laid out: bytes, lines of text, or a little-endian length and as many bytes. */
type Layout = number | 'line' | 'two lines' | 'length1' | 'length4' | 'length8';

const LAYOUTS = new Map<number, Layout>([
  ...layout('(.012NQR]abde)lostu}\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94\x97\x98', 0),
  ...layout('FILSVPpg', 'line'),
  ...layout('ci', 'two lines'),
  ...layout('Khq\x80\x82', 1),
  ...layout('M\x83', 2),
  ...layout('Jjr\x84', 4),
  ...layout('G\x95', 8),
  ...layout('U\x8aC\x8c', 'length1'),
  ...layout('TX\x8bB', 'length4'),
  ...layout('\x8d\x8e\x96', 'length8'),
]);

function layout(opcodes: string, argument: Layout): [number, Layout][] {
  return Array.from(opcodes, (opcode) => [opcode.charCodeAt(0), argument]);
}

/** What an opcode takes from the stack and puts on it; `mark` takes all down to the last mark. */
type Effect = readonly [takes: number | 'mark', puts: number];

const EFFECTS = new Map<number, Effect>([
  ...effect('FILNSVTUXBCGJKMPghj])}c\x82\x83\x84\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x96\x97', [0, 1]),
  ...effect('pqr\x80\x94\x95\x98', [0, 0]),
  ...effect('2', [1, 2]),
  ...effect('Q\x85', [1, 1]),
  ...effect('Rab\x81\x86\x93', [2, 1]),
  ...effect('s\x87\x92', [3, 1]),
  ...effect('dloti\x91', ['mark', 1]),
  // These also take the object below the mark, and put it back.
  ...effect('1eu\x90', ['mark', 0]),
  ...effect('0', [1, 0]),
]);

function effect(opcodes: string, change: Effect): [number, Effect][] {
  return Array.from(opcodes, (opcode) => [opcode.charCodeAt(0), change]);
}

const STOP = '.'.charCodeAt(0);
const MARK = '('.charCodeAt(0);
const POP = '0'.charCodeAt(0);
const IMPORTS = codes('c\x93\x82\x83\x84');
const INSTANCE = 'i'.charCodeAt(0);
const TUPLES = codes('t)\x85\x86\x87');
/** Calls with a tuple of arguments, and with what is on the stack. */
const TUPLE_CALLS = codes('R\x81\x92');
const OTHER_CALLS = codes('ob');

function codes(opcodes: string): ReadonlySet<number> {
  return new Set(Array.from(opcodes, (opcode) => opcode.charCodeAt(0)));
}

/**
 * Whether an unpickler that starts at the first byte would import something and call it. Like it, we stop where a byte
 * is no opcode or the stack is too short, so ordinary text gets nowhere; but what was called before that has happened.
 */
function callsSomething(file: Source): boolean {
  const cursor = new Cursor(file);
  let stack = new Stack();
  let [imported, tuple] = [false, false];
  try {
    while (!cursor.atEnd) {
      const op = cursor.byte();
      if (op === STOP) {
        // A file may hold several pickles, for a reader that loads one after the other.
        stack = new Stack();
        continue;
      }
      const argument = LAYOUTS.get(op);
      if (argument === undefined) return false;
      const isName = readArgument(cursor, argument);
      if (!stack.apply(op)) return false;
      if (op === INSTANCE && isName) return true;
      if (imported && (OTHER_CALLS.has(op) || (tuple && TUPLE_CALLS.has(op)))) return true;
      imported ||= IMPORTS.has(op) && isName;
      tuple ||= TUPLES.has(op);
    }
  } catch (error) {
    // The walk ran off the end of the file, as the unpickler would.
    if (!(error instanceof ScanError) || error.code === 'short_read') throw error;
  }
  return false;
}

/** How many things are on the unpickler's stack, above each mark. */
class Stack {
  readonly #below: number[] = [];
  #depth = 0;

  /** False where the stack is too short for the opcode, or for what is no opcode. */
  apply(op: number): boolean {
    if (op === MARK) {
      // Text of brackets alone must not fill the memory: nothing real nests like that.
      this.#below.push(this.#depth);
      this.#depth = 0;
      return this.#below.length < 100_000;
    }
    const change = EFFECTS.get(op);
    if (change === undefined) return false;
    const [takes, puts] = change;
    if (takes === 'mark' || (op === POP && this.#depth === 0)) {
      const below = this.#below.pop();
      if (below === undefined) return false;
      this.#depth = below + puts;
      return true;
    }
    if (this.#depth < takes) return false;
    this.#depth += puts - takes;
    return true;
  }
}

/** Skips an argument. For the two lines of an import: whether they could be the names of a module and of a thing in it. */
function readArgument(cursor: Cursor, argument: Layout): boolean {
  switch (argument) {
    case 'line':
      cursor.line();
      return true;
    case 'two lines': {
      const lines = [cursor.line(), cursor.line()];
      // Lines are read as UTF-8 with an optional carriage return; spaces or commas are in no name that Python can import.
      return lines.every((line) => /^[^\s,;"'(){}[\]]+\r?$/u.test(Buffer.from(line).toString('utf8')));
    }
    case 'length1':
    case 'length4':
    case 'length8':
      cursor.skip(littleEndian(cursor, Number(argument.slice(-1))));
      return true;
    default:
      cursor.skip(argument);
      return true;
  }
}

function littleEndian(cursor: Cursor, length: number): number {
  let value = 0;
  for (let index = 0; index < length; index += 1) value += cursor.byte() * 256 ** index;
  return value;
}

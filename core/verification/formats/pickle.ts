import { Cursor } from '../cursor.ts';
import { type Format, type FormatVerdict, ScanError, type ScannableFile } from '../format.ts';

/**
 * Python pickles: programs for a stack machine that can call any function while they are loaded. Protocols 2 and later
 * begin with a PROTO opcode; older ones can be plain text, so the opcodes are walked as the unpickler would.
 */
export const pickle: Format = {
  name: 'pickle',
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

const STOP = '.'.charCodeAt(0);
const IMPORTS = codes('c\x93\x82\x83\x84');
const INSTANCE = 'i'.charCodeAt(0);
const TUPLES = codes('t)\x85\x86\x87');
const MARK = '('.charCodeAt(0);
/** Calls with a tuple of arguments, with what stands above a mark, or with a state. */
const TUPLE_CALLS = codes('R\x81\x92');
const MARK_CALLS = codes('oi');
const BUILD = 'b'.charCodeAt(0);

function codes(opcodes: string): ReadonlySet<number> {
  return new Set(Array.from(opcodes, (opcode) => opcode.charCodeAt(0)));
}

/**
 * Whether an unpickler that starts at the first byte would import something and call it. It stops at the first byte that
 * is no opcode, as we do, so ordinary text gets nowhere; but what it called before that has happened.
 */
function callsSomething(file: ScannableFile): boolean {
  const cursor = new Cursor(file);
  let [imported, tuple, mark, pushed] = [false, false, false, 0];
  try {
    while (!cursor.atEnd) {
      const op = cursor.byte();
      const argument = LAYOUTS.get(op);
      if (argument === undefined || op === STOP) return false;
      const isName = readArgument(cursor, argument);
      if (IMPORTS.has(op) && isName) imported = true;
      if ((op === INSTANCE && isName && mark) || (imported && MARK_CALLS.has(op) && mark)) return true;
      if (imported && ((tuple && TUPLE_CALLS.has(op)) || (op === BUILD && pushed > 1))) return true;
      tuple ||= TUPLES.has(op);
      mark ||= op === MARK;
      pushed += 1;
    }
  } catch (error) {
    // The walk ran off the end of the file, as the unpickler would.
    if (!(error instanceof ScanError) || error.code === 'short_read') throw error;
  }
  return false;
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

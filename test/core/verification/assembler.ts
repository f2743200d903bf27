/** Pickles, opcode by opcode (`Lib/pickletools.py`). */

export type Part = string | Uint8Array;

/** Opcodes and their arguments as Latin-1 text, one after the other. */
export function pickleOf(...parts: readonly Part[]): Buffer {
  return Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))),
  );
}

export const proto = (version: number): string => `\x80${String.fromCharCode(version)}`;
export const STOP = '.';
export const REDUCE = 'R';
export const MARK = '(';
export const EMPTY_TUPLE = ')';
export const EMPTY_DICT = '}';
export const TUPLE = 't';
export const TUPLE1 = '\x85';
export const TUPLE2 = '\x86';
export const TUPLE3 = '\x87';
export const NEWOBJ = '\x81';
export const BUILD = 'b';
export const SETITEM = 's';
export const POP = '0';
export const MEMOIZE = '\x94';
export const STACK_GLOBAL = '\x93';

/** SHORT_BINUNICODE or BINUNICODE. */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return bytes.length < 256 ? pickleOf('\x8c', byte(bytes.length), bytes) : pickleOf('X', int32(bytes.length), bytes);
}

/** BINBYTES. */
export const bytes = (value: Uint8Array): Buffer => pickleOf('B', int32(value.length), value);
export const int = (value: number): Buffer => pickleOf('J', int32(value));
export const byte = (value: number): Buffer => Buffer.from([value]);

export function int32(value: number): Buffer {
  const found = Buffer.alloc(4);
  found.writeInt32LE(value);
  return found;
}

export function int64(value: number): Buffer {
  const found = Buffer.alloc(8);
  found.writeBigUInt64LE(BigInt(value));
  return found;
}

/** GLOBAL, of protocol 0. */
export const global = (module: string, name: string): string => `c${module}\n${name}\n`;

/** STACK_GLOBAL with its two names. */
export const stackGlobal = (module: string, name: string): Buffer => pickleOf(text(module), text(name), STACK_GLOBAL);

/** A whole pickle of protocol 4 that calls something with text. */
export function calling(module: string, name: string, argument: Part = text('id')): Buffer {
  return pickleOf(proto(4), stackGlobal(module, name), argument, TUPLE1, REDUCE, STOP);
}

/** What `numpy.dtype(code)` with its state is in a pickle. */
export function dtype(code: string, state: Part = dtypeState()): Buffer {
  return pickleOf(stackGlobal('numpy', 'dtype'), text(code), '\x89\x88', TUPLE3, REDUCE, state, BUILD);
}

/** `(3, '<', None, None, None, -1, -1, flags)`. */
export function dtypeState(flags: Part | number = 0, fields: Part = 'N', size = -1, subtype: Part = 'N'): Buffer {
  const said = typeof flags === 'number' ? int(flags) : flags;
  return pickleOf(MARK, 'K\x03', text('<'), subtype, 'N', fields, int(size), int(-1), said, TUPLE);
}

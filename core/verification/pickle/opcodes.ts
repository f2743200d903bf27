/** How the argument of an opcode is laid out: bytes, lines of text, or a little-endian length and as many bytes. */
export type Layout = number | 'line' | 'two lines' | 'length1' | 'length4' | 'length8';

/** The 68 opcodes of protocols 0 to 5 (`Lib/pickletools.py`), each written as the byte that stands for it. */
export const LAYOUTS: ReadonlyMap<number, Layout> = new Map([
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

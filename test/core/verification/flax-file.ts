/** A number of `size` bytes, of the high byte first. */
function big(value: number, size: 1 | 2 | 4): string {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(value, 0, size);
  return bytes.toString('latin1');
}

/** As flax.serialization writes an array, as Latin-1: an extension of type 1 around shape, type and bytes. */
export function array(shape: readonly number[], type: string, bytes: number, extension = '\x01'): string {
  const lengths = shape.map((length) => String.fromCharCode(length)).join('');
  const name = String.fromCharCode(0xa0 + type.length) + type;
  const inner = `\x93${String.fromCharCode(0x90 + shape.length)}${lengths}${name}\xc5${big(bytes, 2)}${'x'.repeat(bytes)}`;
  return `\xc8${big(inner.length, 2)}${extension}${inner}`;
}

/** Parameters with one value, which is given as MessagePack in Latin-1. */
export function flaxOf(value: string): Buffer {
  return Buffer.from(`\x81\xa6params\x81\xa6weight${value}`, 'latin1');
}

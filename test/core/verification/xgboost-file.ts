export function length(value: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.write('L');
  bytes.writeBigInt64BE(BigInt(value), 1);
  return bytes;
}
export const join = (...parts: readonly (string | Uint8Array)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
export const entry = (key: string, ...value: readonly (string | Uint8Array)[]): Buffer =>
  join(length(key.length), key, ...value);
export const text = (value: string): Buffer => join('S', length(value.length), value);
export const version = entry('version', '[', 'i\x03', 'i\x02', 'i\0', ']');
export const modelOf = (...parts: readonly (string | Uint8Array)[]): Buffer =>
  join('{', entry('learner', '{', ...parts, '}'), version, '}');
export const small = modelOf(
  entry('name', text('gbtree')),
  entry('weights', '[$d#', length(2), Buffer.alloc(8)),
  entry('on', 'T'),
);

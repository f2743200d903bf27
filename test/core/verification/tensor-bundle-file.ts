import { field, message } from './samples.ts';

export interface BundleTensor {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly shard?: number;
}

function block(entries: readonly (readonly [key: string, value: Uint8Array])[]): Buffer {
  const body = entries.map(([key, value]) =>
    Buffer.concat([Buffer.from([0, key.length, value.length]), Buffer.from(key), value]),
  );
  // One restart at 0, then no compression and a checksum that nobody asks for.
  return Buffer.concat([...body, Buffer.from([0, 0, 0, 0, 1, 0, 0, 0]), Buffer.alloc(5)]);
}

const handle = (offset: number, size: number): Buffer =>
  Buffer.from([offset, size].flatMap((value) => [(value & 127) | 128, value >> 7]));

/** The list of tensors in a checkpoint: a table of LevelDB with one block. */
export function bundleOf(tensors: readonly BundleTensor[], shards = 1): Buffer {
  const entry = ({ offset, size, shard = 0 }: BundleTensor): Buffer =>
    message(field(1, 1), field(3, shard), field(4, offset), field(5, size));
  const data = block([
    ['', message(field(1, shards))],
    ...tensors.map((tensor) => [tensor.name, entry(tensor)] as const),
  ]);
  const index = block([['z', handle(0, data.length - 5)]]);
  const footer = Buffer.alloc(48);
  handle(0, 0).copy(footer);
  handle(data.length, index.length - 5).copy(footer, 4);
  footer.write('\x57\xfb\x80\x8b\x24\x75\x47\xdb', 40, 'latin1');
  return Buffer.concat([data, index, footer]);
}

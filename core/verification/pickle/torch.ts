import type { Machine } from './machine.ts';
import { isTuple, numberOf, type Value } from './values.ts';

/** Bytes of each tensor storage that a checkpoint names, by its key. */
export type Storages = Map<string, number>;

const ITEM_SIZES: Readonly<Record<string, number>> = {
  UntypedStorage: 1,
  ByteStorage: 1,
  CharStorage: 1,
  BoolStorage: 1,
  QInt8Storage: 1,
  QUInt8Storage: 1,
  QUInt4x2Storage: 1,
  QUInt2x4Storage: 1,
  HalfStorage: 2,
  BFloat16Storage: 2,
  ShortStorage: 2,
  IntStorage: 4,
  QInt32Storage: 4,
  FloatStorage: 4,
  LongStorage: 8,
  DoubleStorage: 8,
  ComplexFloatStorage: 8,
  ComplexDoubleStorage: 16,
};

/** The storage that a persistent id of PyTorch names (`torch/serialization.py`): `('storage', class, key, place, count, …)`. */
export function storageOf(machine: Machine, id: Value): { readonly key: string; readonly bytes: number } | null {
  if (!isTuple(id) || machine.textOf(id.items[0]) !== 'storage') return null;
  const type = machine.globalOf(id.items[1]);
  const [key, count] = [machine.textOf(id.items[2]), numberOf(id.items[4])];
  if (type === null || key === null || count === null || count < 0) return null;
  const known = type.module === 'torch' || type.module === 'torch.storage';
  const size = known ? ITEM_SIZES[type.name] : undefined;
  return size === undefined || !/^[\w-]{1,64}$/.test(key) ? null : { key, bytes: size * count };
}

/** The class in `('module', class, file, source)`, which the loader compares with the source and uses as it is. */
export function sourceClassOf(machine: Machine, id: Value): Value | null {
  if (!isTuple(id) || machine.textOf(id.items[0]) !== 'module') return null;
  const type = id.items[1];
  return type !== undefined && machine.globalOf(type) !== null ? type : null;
}

/** The magic number with which PyTorch's format before zip begins, as pickled (`MAGIC_NUMBER`). */
export const LEGACY_MAGIC = '\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.';

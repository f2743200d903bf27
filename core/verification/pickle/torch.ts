import { type Global, isGlobal, isObject, type Value } from './values.ts';

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
export function storageOf(id: Value): { readonly key: string; readonly bytes: number } | null {
  if (!isObject(id) || id.kind !== 'tuple') return null;
  const [kind, type, key, , count] = id.items;
  if (kind !== 'storage' || !isGlobal(type) || typeof key !== 'string' || typeof count !== 'number') return null;
  const known = type.module === 'torch' || type.module === 'torch.storage';
  const size = known ? ITEM_SIZES[type.name] : undefined;
  return size === undefined || count < 0 || !/^[\w-]{1,64}$/.test(key) ? null : { key, bytes: size * count };
}

/** The class in `('module', class, file, source)`, which the loader compares with the source and uses as it is. */
export function sourceClassOf(id: Value): Global | null {
  if (!isObject(id) || id.kind !== 'tuple' || id.items[0] !== 'module') return null;
  const type = id.items[1];
  return isGlobal(type) ? type : null;
}

/** The magic number with which PyTorch's format before zip begins, as pickled (`MAGIC_NUMBER`). */
export const LEGACY_MAGIC = '\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.';

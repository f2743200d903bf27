import { readExactly, ScanError } from '../format.ts';
import type { Machine } from './machine.ts';
import { EMPTY_TUPLE, isTuple, numberOf, type Value } from './values.ts';

/**
 * Where the array that joblib wrote behind its wrapper ends (`joblib/numpy_pickle.py`, `NumpyArrayWrapper.read_array`), or
 * `pickle` where a pickle of Python objects stands there.
 *
 * @throws ScanError for a wrapper that joblib does not write
 */
export function arrayEnd({ changing, source }: Machine, state: Value, start: number): number | 'pickle' {
  const entries = changing.isDict(state) ? changing.entriesOf(state) : null;
  if (entries === null) throw wrong('no state', start);
  const { dtype, shape } = entries;
  const code = changing.codeOf(dtype);
  if (dtype === undefined || code === null) throw wrong('no type', start);
  if (changing.holdsObjects(dtype)) return 'pickle';
  const size = changing.sizeOf(dtype);
  if (size === null || !isTuple(shape) || shape.items.length !== shape.length) {
    if (size === null || shape !== EMPTY_TUPLE) throw wrong(`type ${JSON.stringify(code)}`, start);
  }
  let bytes = size;
  for (const item of isTuple(shape) ? shape.items : []) {
    const length = numberOf(item);
    if (length === null || length < 0) throw wrong('a shape that is no numbers', start);
    bytes *= length;
  }
  const padding = entries.aligned === true ? 1 + (readExactly(source, start, 1)[0] ?? 0) : 0;
  const end = start + padding + bytes;
  if (!Number.isSafeInteger(end) || end > source.size) throw wrong('an array that goes past the end', start);
  return end;
}

function wrong(what: string, offset: number): ScanError {
  return new ScanError('malformed', `joblib's wrapper of an array has ${what}`, offset);
}

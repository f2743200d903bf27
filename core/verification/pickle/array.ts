import { readExactly, ScanError, type Source } from '../format.ts';
import { dtypeCode, holdsObjects } from './checks.ts';
import { isObject, type Value } from './values.ts';

/**
 * Where the array that joblib wrote behind its wrapper ends (`joblib/numpy_pickle.py`, `NumpyArrayWrapper.read_array`), or
 * `pickle` where a pickle of Python objects stands there.
 *
 * @throws ScanError for a wrapper that joblib does not write
 */
export function arrayEnd(wrapper: Value, source: Source, start: number): number | 'pickle' {
  const state = isObject(wrapper) && wrapper.kind === 'made' ? wrapper.state : undefined;
  if (!isObject(state) || state.kind !== 'dict') throw wrong('no state', start);
  const dtype = state.entries?.get('dtype');
  const code = dtypeCode(dtype);
  if (code === null) throw wrong('no type', start);
  if (dtype !== undefined && holdsObjects(dtype)) return 'pickle';
  const size = itemSize(code);
  const shape = state.entries?.get('shape');
  if (size === null || !isObject(shape) || shape.kind !== 'tuple' || shape.items.length !== shape.length)
    throw wrong(`type ${JSON.stringify(code)}`, start);
  let bytes = size;
  for (const length of shape.items) {
    if (typeof length !== 'number' || length < 0) throw wrong('a shape that is no numbers', start);
    bytes *= length;
  }
  const aligned = typeof state.entries?.get('numpy_array_alignment_bytes') === 'number';
  const padding = aligned ? 1 + (readExactly(source, start, 1)[0] ?? 0) : 0;
  const end = start + padding + bytes;
  if (!Number.isSafeInteger(end) || end > source.size) throw wrong('an array that goes past the end', start);
  return end;
}

/** Bytes of an item of a type code of NumPy, such as `<f8` or `U12`. */
export function itemSize(code: string): number | null {
  const [, kind = '', digits = ''] = /^[<>=|]?([?biufcmMSaUV])(\d{0,9})$/.exec(code) ?? [];
  if (kind === '') return null;
  if (digits === '') return kind === '?' || kind === 'b' || kind === 'B' ? 1 : null;
  return kind === 'U' ? 4 * Number(digits) : Number(digits);
}

function wrong(what: string, offset: number): ScanError {
  return new ScanError('malformed', `joblib's wrapper of an array has ${what}`, offset);
}

import { ScanError } from './format.ts';
import { type Literal, parseLiteral } from './literal.ts';
import { itemSize } from './pickle/item-size.ts';

export interface NpyHeader {
  /** Bytes of one item. */
  readonly itemSize: number;
  /** Whether items are Python objects, so that a pickle follows. */
  readonly objects: boolean;
  readonly shape: readonly number[];
}

const MAX_DEPTH = 8;

/** Reads the header of a `.npy` file, which is a literal of Python. @throws ScanError for what NumPy would not write */
export function readNpyHeader(text: string): NpyHeader {
  const found = parseLiteral(text);
  if (!(found instanceof Map) || found.size !== 3) throw wrong('three keys');
  const [descr, order, shape] = [found.get('descr'), found.get('fortran_order'), found.get('shape')];
  if (descr === undefined || typeof order !== 'boolean' || !Array.isArray(shape))
    throw wrong('descr, fortran_order and shape');
  const lengths = shape.map((length: Literal) => {
    if (typeof length !== 'number' || length < 0) throw wrong('a shape of numbers');
    return length;
  });
  return { ...typeOf(descr, 0), shape: lengths };
}

function typeOf(descr: Literal, depth: number): { readonly itemSize: number; readonly objects: boolean } {
  if (depth > MAX_DEPTH) throw wrong('a type that is not nested as deeply');
  if (typeof descr === 'string') {
    if (/^[|<>=]?O\d*$/.test(descr)) return { itemSize: 8, objects: true };
    // The unit of dates is part of the type.
    const size = itemSize(descr.replace(/^([<>=|]?[mM]8)\[[\w/]{1,16}\]$/, '$1'));
    if (size === null) throw wrong(`a known type, not ${JSON.stringify(descr.slice(0, 60))},`);
    return { itemSize: size, objects: false };
  }
  if (!Array.isArray(descr)) throw wrong('a type');
  const fields = descr.map((field: Literal) => fieldOf(field, depth));
  return {
    itemSize: fields.reduce((sum, field) => sum + field.itemSize, 0),
    objects: fields.some((field) => field.objects),
  };
}

/** `(name, type)` or `(name, type, shape)`; a name may be `(title, name)`. */
function fieldOf(field: Literal, depth: number) {
  if (!Array.isArray(field) || field.length < 2 || field.length > 3) throw wrong('fields of a name and a type');
  const type = typeOf(field[1] ?? null, depth + 1);
  const shape: Literal = field[2] ?? [];
  const lengths = typeof shape === 'number' ? [shape] : Array.isArray(shape) ? shape : [];
  const count = lengths.reduce((product: number, length: Literal) => {
    if (typeof length !== 'number' || length < 0) throw wrong('a shape of numbers');
    return product * length;
  }, 1);
  return { itemSize: type.itemSize * count, objects: type.objects };
}

function wrong(expected: string): ScanError {
  return new ScanError('malformed', `expected ${expected} in the header of the array`, 0);
}

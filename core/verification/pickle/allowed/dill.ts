import type { Names } from '../globals.ts';

/** Of dill, which writes what is of a library as `pickle` does, and arrays and types of Python by functions of its own. */
export const DILL: Names = {
  'dill._dill': '_create_array! _load_type!',
};

import type { Names } from '../globals.ts';

/** Of joblib: the wrapper of an array, whose bytes follow it in the file. */
export const JOBLIB: Names = {
  'joblib.numpy_pickle': 'NumpyArrayWrapper',
};

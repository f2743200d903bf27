import { BOOSTING } from './allowed/boosting.ts';
import { DILL } from './allowed/dill.ts';
import { ESTIMATORS } from './allowed/estimators.ts';
import { GENSIM } from './allowed/gensim.ts';
import { JOBLIB } from './allowed/joblib.ts';
import { NUMPY } from './allowed/numpy.ts';
import { PANDAS } from './allowed/pandas.ts';
import { SCIPY } from './allowed/scipy.ts';
import { SKLEARN } from './allowed/sklearn.ts';
import { STANDARD } from './allowed/standard.ts';
import { TORCH } from './allowed/torch.ts';
import { TORCHVISION } from './allowed/torchvision.ts';
import { TRANSFORMERS } from './allowed/transformers.ts';
import type { Names } from './globals.ts';

/** One list per framework. The names were taken from what the real libraries write, and stand here one by one. */
export const ALLOWED: readonly Names[] = [
  STANDARD,
  NUMPY,
  SCIPY,
  PANDAS,
  JOBLIB,
  DILL,
  SKLEARN,
  ESTIMATORS,
  TORCH,
  TORCHVISION,
  BOOSTING,
  GENSIM,
  TRANSFORMERS,
];

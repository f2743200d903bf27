import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listedGlobals } from '../../../core/verification/pickle/globals.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { pythonWith } from '../../python.ts';
import { fileOf } from './samples.ts';

let python: ReturnType<typeof pythonWith>;

beforeAll(() => {
  python = pythonWith(
    ...['numpy==2.4.6', 'pandas==3.1.1', 'pyarrow==26.0.1', 'scikit-learn==1.9.1', 'joblib==1.6.0'],
    ...[
      'catboost==1.2.10',
      'category_encoders==2.11.2',
      'gensim==4.4.0',
      'imbalanced-learn==0.14.2',
      'statsmodels==0.15.0',
    ],
  );
}, 900_000);

afterAll(() => python.remove());

test('none of the ordinary saves of CatBoost, imbalanced-learn, category_encoders, gensim and SciPy is held', () => {
  const folder = join(python.folder, 'saves');
  mkdirSync(folder);
  execFileSync(python.bin('python'), [join(import.meta.dirname, 'ordinary-libraries.py'), folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
  });
  const names = readdirSync(folder);
  expect(names).toHaveLength(30);
  expect(
    names.filter((name) => scanFiles([fileOf(name, readFileSync(join(folder, name)))]).verdict !== 'clean'),
  ).toEqual([]);
});

/** Prints the listed classes with a method of their own that an unpickler calls, and names that are not there. */
const JUDGED = `import importlib, json, sys, warnings
warnings.filterwarnings('ignore')
plain = {'builtins', 'sklearn.base', 'sklearn.utils._set_output', 'sklearn.utils._metadata_requests'}
for module, name in json.load(open(sys.argv[1])):
    kind = getattr(importlib.import_module(module), name, None)
    if kind is None: print('missing', module, name)
    elif isinstance(kind, type):
        for method in ('__new__', '__setstate__', '__del__', '__getattr__', '__setattr__'):
            found = next(base for base in kind.__mro__ if method in vars(base) or base is object)
            if found.__module__ not in plain: print(method, module, name)`;

test('what is listed of them is there, and but for CatBoost takes its state as Python gives it', () => {
  const names = [...listedGlobals()]
    .filter(([module]) => /^(?:catboost|category_encoders|gensim|imblearn)\b/.test(module))
    .map(([module, name]) => [module, name]);
  expect(names.length).toBeGreaterThan(50);
  const listed = join(python.folder, 'names.json');
  writeFileSync(listed, JSON.stringify(names));
  const other = python.run(JUDGED, listed).trim().split('\n');
  expect(other.filter((line) => !line.startsWith('__setstate__ catboost.core '))).toEqual([]);
});

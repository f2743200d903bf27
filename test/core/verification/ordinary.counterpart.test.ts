import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scanFiles } from '../../../core/verification/scan.ts';
import { pythonWith } from '../../adapters/data-sources/python.ts';
import { fileOf } from './samples.ts';

let python: ReturnType<typeof pythonWith>;
let folder = '';

beforeAll(() => {
  python = pythonWith(
    'numpy==2.4.6',
    'scipy==1.17.1',
    'pandas==3.1.1',
    'joblib==1.6.0',
    'scikit-learn==1.9.1',
    'lightgbm==4.7.0',
  );
  // Its wheel asks for a library of CUDA that nothing here uses.
  execFileSync(python.bin('python'), ['-m', 'pip', 'install', '--quiet', '--no-deps', 'xgboost==3.2.0'], {
    stdio: 'pipe',
  });
  folder = join(python.folder, 'saves');
  mkdirSync(folder);
}, 900_000);

afterAll(() => python.remove());

function flagged(): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const report = scanFiles([fileOf(name, readFileSync(join(folder, name)))]);
    return report.verdict === 'clean'
      ? []
      : [`${name}: ${report.findings.map(({ rule, evidence }) => `${rule} ${evidence ?? ''}`).join(', ')}`];
  });
}

test('none of the ordinary saves of NumPy, joblib, pandas, scikit-learn, XGBoost and LightGBM is held', () => {
  execFileSync(python.bin('python'), [join(import.meta.dirname, 'ordinary-saves.py'), folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  expect(readdirSync(folder).length).toBeGreaterThan(450);
  expect(flagged()).toEqual([]);
}, 600_000);

test('what these libraries write with an unlisted name is held, and names it', () => {
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  python.run(
    `import functools, joblib, pickle, sys
from scipy import stats
from sklearn.preprocessing import FunctionTransformer
joblib.dump(stats.norm(0, 1), sys.argv[1] + '/stats.joblib')
pickle.dump(FunctionTransformer(functools.partial(print, 1)), open(sys.argv[1] + '/partial.pkl', 'wb'))`,
    folder,
  );
  expect([...flagged()].sort()).toEqual([
    expect.stringContaining('"functools.partial"'),
    expect.stringContaining('"scipy.stats._distn_infrastructure'),
  ]);
});

test('the template of a distribution is executed while it is unpickled, which is why none is listed', () => {
  const said = python.run(`from scipy.stats import norm
made = type(norm).__new__(type(norm))
try: made.__setstate__(dict(vars(norm), _parse_arg_template='print("executed")'))
except KeyError: pass`);
  expect(said).toContain('executed');
});

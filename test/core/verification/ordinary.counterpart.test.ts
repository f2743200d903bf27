import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listedGlobals } from '../../../core/verification/pickle/globals.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { pythonFrom } from '../../python.ts';
import { fileOf } from './samples.ts';

let python: ReturnType<typeof pythonFrom>;
let folder = '';

beforeAll(() => {
  python = pythonFrom({
    packages: [
      'numpy==2.4.6',
      'scipy==1.17.1',
      'pandas==3.1.1',
      'pyarrow==26.0.1',
      'joblib==1.6.0',
      'lz4==4.4.5',
      'scikit-learn==1.9.1',
      'lightgbm==4.7.0',
    ],
    // Its wheel asks for a library of CUDA that nothing here uses.
    alone: ['xgboost==3.2.0'],
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
    // Threads that wait for one another: on a busy machine the fits took minutes.
    env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
  });
  expect(readdirSync(folder).length).toBeGreaterThan(530);
  expect(flagged()).toEqual([]);
}, 600_000);

/** What is listed for files of other versions: of Python 3.13, and of libraries that have moved or dropped it since. */
const OF_OTHER_VERSIONS = `pathlib._local pytz _loss scipy._external scipy.interpolate._bsplines._BSpline
  scipy.interpolate._interpolate._BPoly scipy.interpolate._interpolate._PPoly scipy.sparse._arrays sklearn.ensemble._gb_losses
  pandas._libs.tslibs.nattype.__nat_unpickle pandas.core.arrays.string_arrow.ArrowStringArrayNumpySemantics pandas.core.arrays.sparse.dtype sklearn.linear_model._sgd_fast.Huber
  sklearn.linear_model._sgd_fast.Log sklearn.metrics._scorer._PredictScorer sklearn.metrics._scorer._ProbaScorer
  sklearn.metrics._scorer._ThresholdScorer sklearn.metrics._scorer._passthrough_scorer xgboost.compat.XGBoostLabelEncoder
  numpy._core._multiarray_umath numpy.core._multiarray_umath pandas.core.indexes.numeric
  sklearn.compose._column_transformer._RemainderColsList sklearn.linear_model._sgd_fast.SquaredLoss`.split(/\s+/);

test('every listed name but those of other versions is one of the real libraries', () => {
  const names = [...listedGlobals()]
    .map(([module, name]) => [module, name])
    .filter(
      ([module]) =>
        !/^(?:torch|torchvision|transformers|accelerate|peft|catboost|category_encoders|dill|gensim|imblearn)\b/.test(
          module ?? '',
        ),
    );
  const listed = join(python.folder, 'names.json');
  writeFileSync(listed, JSON.stringify(names));
  const missing = python.run(
    `import importlib, json, sys, warnings
warnings.filterwarnings('ignore')
for module, name in json.load(open(sys.argv[1])):
    try:
        found = importlib.import_module(module)
        for part in name.split('.'): found = getattr(found, part)
    except (ImportError, AttributeError): print(module + '.' + name)`,
    listed,
  );
  const older = (name: string): boolean =>
    OF_OTHER_VERSIONS.some((known) => name === known || name.startsWith(`${known}.`)) ||
    /^sklearn\.(?:_loss\._loss\.__pyx_unpickle_|metrics\._dist_metrics\.\w+Distance$)/.test(name);
  expect(missing.split('\n').filter((name) => name !== '' && !older(name))).toEqual([]);
}, 300_000);

test('what these libraries write with an unlisted name is held, and names it', () => {
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  python.run(
    `import functools, joblib, pickle, sys
from scipy import stats
from sklearn.preprocessing import FunctionTransformer
joblib.dump(stats.levy_stable(1, 0), sys.argv[1] + '/stats.joblib')
pickle.dump(FunctionTransformer(functools.partial(print, 1)), open(sys.argv[1] + '/partial.pkl', 'wb'))`,
    folder,
  );
  expect([...flagged()].sort()).toEqual([
    expect.stringContaining('"functools.partial"'),
    expect.stringContaining('"scipy.stats._levy_stable'),
  ]);
});

test('the template of a distribution is executed while it is unpickled, which is why it is compared', () => {
  const said = python.run(`from scipy.stats import norm
made = type(norm).__new__(type(norm))
try: made.__setstate__(dict(vars(norm), _parse_arg_template='print("executed")'))
except KeyError: pass`);
  expect(said).toContain('executed');
});

test.each([
  ['an object and a number in one place', '{"a": (np.dtype("O"), 0), "b": (np.dtype("i8"), 0)}', '("a", "b")', 27],
  ['a field outside of the item', '{"a": (np.dtype("i8"), -8)}', '("a",)', 0],
])('NumPy takes %s as it comes, which is why what fits is judged', (_, fields, names, flags) => {
  const said = python.run(`import numpy as np
made = np.dtype('V8')
made.__setstate__((3, '|', None, ${names}, ${fields}, 8, 1, ${flags}))
print(made.itemsize, sorted(offset for _, offset in made.fields.values()))`);
  expect(said).toMatch(/^8 \[(?:0, 0|-8)\]/);
});

test('pandas makes an array on any bytes where it should make an index, which is why its classes are asked for', () => {
  const said = python.run(`import numpy as np
from pandas.core.indexes.datetimes import _new_DatetimeIndex
found = ['an object']
made = _new_DatetimeIndex(np.ndarray, dict(shape=(1,), dtype='O', buffer=id(found).to_bytes(8, 'little')))
print(made[0] is found)`);
  expect(said).toBe('True\n');
});

test('Arrow takes offsets that lead out of the bytes as they come, which is why they are judged', () => {
  const said = python.run(`import pyarrow as pa, struct
given = pa.type_for_alias('large_string'), 1, 0, 0, [None, pa.py_buffer(struct.pack('<qq', 0, 99)), pa.py_buffer(b'a')], [], None
made = pa.lib._restore_array(given)
print(len(made))
try: made.validate()
except pa.ArrowInvalid: print('invalid')`);
  expect(said).toBe('1\ninvalid\n');
});

test.each([
  ['in a dictionary of another class', "made = np.dtype('V8')", "('a',), OrderedDict(a=(np.dtype('O'), 0)), 8, 1"],
  ['of a code that is a record', "made = np.dtype('i4,O')", 'None, None, -1, -1'],
])('NumPy believes flags that deny the objects of fields %s, which is why they are judged', (_, make, state) => {
  const said = python.run(`import numpy as np
from collections import OrderedDict
${make}
made.__setstate__((3, '|', None, ${state}, 0))
print(made.hasobject, made.fields)`);
  expect(said).toMatch(/^False .*dtype\('O'\)/);
});

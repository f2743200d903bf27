import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scanFiles } from '../../../core/verification/scan.ts';
import { pythonWith } from '../../python.ts';
import { fileOf } from './samples.ts';

let python: ReturnType<typeof pythonWith>;
let good = '';
let bad = '';

beforeAll(() => {
  python = pythonWith(
    'numpy==2.4.6',
    'safetensors==0.8.0',
    'gguf==0.19.0',
    'onnx==1.23.2',
    'h5py==3.16.0',
    'keras==3.15.1',
    // What Keras computes with; the smallest of those that it can.
    'jax==0.10.2',
    'scikit-learn==1.9.1',
    'skops==0.16.0',
    'flax==0.12.8',
    'pillow==13.0.0',
    'pyarrow==26.0.1',
    'polars==2.1.0',
  );
  good = join(python.folder, 'good');
  bad = join(python.folder, 'bad');
  for (const folder of [good, bad]) mkdirSync(folder);
  const script = join(import.meta.dirname, 'ordinary-formats.py');
  execFileSync(python.bin('python'), [script, good, bad], { stdio: 'ignore' });
}, 900_000);

afterAll(() => python.remove());

const scan = (folder: string, name: string) => scanFiles([fileOf(name, readFileSync(join(folder, name)))]);

test('none of the ordinary saves of safetensors, gguf, onnx, h5py, Keras, skops, Flax, Pillow, pyarrow and polars is held', () => {
  const names = readdirSync(good);
  const held = names.filter((name) => scan(good, name).verdict !== 'clean');
  expect([names.length, held]).toEqual([38, []]);
});

test.each([
  ['trailing.safetensors', 'safetensors-trailing-data'],
  ['template.gguf', 'gguf-chat-template'],
  ['custom-operator.onnx', 'onnx-custom-operator'],
  ['external.onnx', 'onnx-external-data'],
  ['text.h5', 'keras-lambda'],
  ['link.h5', 'hdf5-external'],
  ['raw.h5', 'hdf5-external'],
  ['virtual.h5', 'hdf5-external'],
  ['record-name.h5', 'pickle-dangerous-import'],
  ['record-tags.h5', 'pickle-dangerous-import'],
  ['record-inner.h5', 'pickle-dangerous-import'],
  ['record-text.h5', 'pickle-dangerous-import'],
  ['record-sequence.h5', 'pickle-dangerous-import'],
  ['type.parquet', 'parquet-python-type'],
  ['_metadata', 'parquet-outside-file'],
  ['lambda.h5', 'keras-lambda'],
  ['lambda.keras', 'keras-lambda'],
])('%s, which the libraries write as well, is held for %s', (name, rule) => {
  const rules = scan(bad, name).findings.map((finding) => finding.rule);
  expect([...new Set(rules)]).toEqual([rule]);
});

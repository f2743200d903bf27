import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { scanFiles } from '../../../core/verification/scan.ts';
import { OPERATORS } from '../../../core/verification/tensorflow/operators.ts';
import { pythonWith } from '../../python.ts';
import { fileOf } from './samples.ts';

let python: ReturnType<typeof pythonWith>;
let folder = '';

// A gigabyte on disk.
beforeAll(() => {
  python = pythonWith('tensorflow-cpu==2.21.0');
  folder = join(python.folder, 'saves');
  mkdirSync(folder);
  execFileSync(python.bin('python'), [join(import.meta.dirname, 'ordinary-tensorflow.py'), folder], { stdio: 'pipe' });
}, 1_800_000);

afterAll(() => python.remove());

function scan(name: string) {
  const root = join(folder, name);
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name: file }) => join(parentPath, file));
  return scanFiles(paths.map((path) => fileOf(path.slice(root.length + 1), readFileSync(path))));
}

test('none of the ordinary saves of TensorFlow is held, and every file of them is read', () => {
  const report = scan('clean');
  expect(report.findings).toEqual([]);
  expect(report.files.filter(({ verdict }) => verdict !== 'clean')).toEqual([]);
  expect(new Set(report.files.map(({ format }) => format))).toEqual(
    new Set([
      'SavedModel',
      'SavedModel fingerprint',
      'TensorFlow checkpoint',
      'TensorFlow Lite',
      'TensorFlow tensors',
      'text',
    ]),
  );
});

test.each([
  ['reads', 'ReadFile'],
  ['writes', 'WriteFile'],
  ['prints', 'PrintV2'],
  ['python', 'EagerPyFunc'],
])('a model that %s is held for %s', (name, operator) => {
  expect(scan(`held/${name}`).findings).toMatchObject([
    { rule: 'savedmodel-operator', evidence: JSON.stringify(operator) },
  ]);
});

test('every operator that passes is one of TensorFlow', () => {
  const known = new Set(z.array(z.string()).parse(JSON.parse(readFileSync(join(folder, 'operators.json'), 'utf8'))));
  expect([...OPERATORS].filter((operator) => !known.has(operator))).toEqual([]);
});

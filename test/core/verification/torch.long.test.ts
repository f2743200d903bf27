import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scanFiles } from '../../../core/verification/scan.ts';
import { pythonWith } from '../../python.ts';
import { fileOf } from './samples.ts';

let python: ReturnType<typeof pythonWith>;

// Some gigabytes: the package index has PyTorch for Linux with CUDA only.
beforeAll(() => {
  python = pythonWith('torch==2.15.0', 'torchvision==0.29.2', 'numpy==2.4.6');
}, 1_800_000);

afterAll(() => python.remove());

test('none of the ordinary saves of PyTorch is held, of either format', () => {
  const folder = join(python.folder, 'saves');
  mkdirSync(folder);
  execFileSync(python.bin('python'), [join(import.meta.dirname, 'ordinary-checkpoints.py'), folder], { stdio: 'pipe' });
  const names = readdirSync(folder);
  expect(names.length).toBeGreaterThan(10);
  const held = names.filter((name) => scanFiles([fileOf(name, readFileSync(join(folder, name)))]).verdict !== 'clean');
  expect(held).toEqual([]);
});

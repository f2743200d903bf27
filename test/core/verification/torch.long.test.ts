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

test('a distributed checkpoint is clean with its list, and held where the list leads past a value', () => {
  const folder = join(python.folder, 'distributed');
  python.run(
    `import sys, torch, torch.distributed.checkpoint as checkpoint
model = torch.nn.Linear(4, 4)
optimizer = torch.optim.AdamW(model.parameters())
model(torch.rand(2, 4)).sum().backward()
optimizer.step()
checkpoint.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}, checkpoint_id=sys.argv[1])`,
    folder,
  );
  const [list, shard] = ['.metadata', '__0_0.distcp'].map((name) => readFileSync(join(folder, name)));
  const scan = (values: Uint8Array) =>
    scanFiles([fileOf('c/.metadata', list ?? ''), fileOf('c/__0_0.distcp', values)]).verdict;
  expect(scan(shard ?? Buffer.alloc(0))).toBe('clean');
  expect(scan(Buffer.concat([shard ?? '', shard ?? ''].map((part) => Buffer.from(part))).subarray(1261))).toBe(
    'finding',
  );
});

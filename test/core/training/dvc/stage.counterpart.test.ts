import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { resolveStage } from '../../../../core/training/dvc/stage.ts';
import { pythonWith } from '../../../python.ts';

/** What DVC itself, from PyPI, makes of the same files. */
let python: ReturnType<typeof pythonWith>;
const base = mkdtempSync(join(tmpdir(), 'trainyard-dvc-stage-'));
beforeAll(() => {
  python = pythonWith('dvc==3.67.1');
}, 600_000);
afterAll(() => {
  python?.remove();
  rmSync(base, { recursive: true, force: true });
});

const SCRIPT = `
import json, os, sys
from dvc.repo import Repo
repo = Repo()
(stage,) = [s for s in repo.index.stages if s.addressing == sys.argv[1]]
def at(out):
    return os.path.relpath(out.fs_path, repo.root_dir).replace(os.sep, '/')
print(json.dumps({
    'cmd': stage.cmd, 'wdir': os.path.relpath(stage.wdir, repo.root_dir),
    'deps': sorted({at(d) for d in stage.deps}),
    'outs': sorted(at(o) for o in stage.outs if not o.metric and not o.plot),
    'metrics': sorted(at(o) for o in stage.outs if o.metric),
    'plots': sorted(at(o) for o in stage.outs if o.plot),
}))
`;
const Told = z.object({
  cmd: z.union([z.string(), z.array(z.string())]),
  wdir: z.string(),
  deps: z.array(z.string()),
  outs: z.array(z.string()),
  metrics: z.array(z.string()),
  plots: z.array(z.string()),
});

const PARAMS = `seed: 7
train: { epochs: 20, lr: 1.0, decay: 1e-05, big: 1.0e+22, half: 0.5, tiny: 0.00012, shuffle: true, layers: [64, 32] }
`;

test.each([
  [
    'templates of every plain value',
    'train',
    'stages:\n  train:\n    cmd: echo ${seed} ${train.epochs} ${train.lr} ${train.decay} ${train.big} ${train.half} ${train.tiny} ${train.shuffle} ${train.layers[1]} \\${HOME}\n    deps: [a.py]\n    params: [seed, train.lr]\n    outs: ["model-${seed}.bin"]\n    metrics: [{m.json: {cache: false}}]\n    plots: [{p.csv: {x: step}}]\n',
  ],
  [
    'vars, and a folder of its own',
    'train',
    'vars: [{where: src, n: [1, 2]}, "more.yaml:size"]\nstages:\n  train:\n    cmd: [echo a, "echo ${size} ${n[0]}"]\n    wdir: ${where}\n    deps: [../a.py, b.py]\n    outs: [../out/model]\n',
  ],
  [
    'a file of its own',
    'models/x/dvc.yaml:fit',
    'stages:\n  fit:\n    cmd: echo ${size}\n    params: [size]\n    outs: [model]\n',
  ],
])('a stage with %s is what DVC makes of it', (_what, address, text) => {
  const root = mkdtempSync(join(base, 'repo-'));
  const file = address.includes(':') ? (address.split(':')[0] ?? '') : 'dvc.yaml';
  const files = new Map([
    [file, text],
    ['params.yaml', PARAMS],
    ['more.yaml', 'size: 3\nother: 4\n'],
    ['models/x/params.yaml', 'size: 9\n'],
    ['a.py', ''],
    ['src/b.py', ''],
  ]);
  for (const [path, content] of files) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  execFileSync(python.bin('dvc'), ['init', '--no-scm', '-q'], { cwd: root, stdio: 'pipe' });
  const name = address.split(':').at(-1) ?? '';
  const addressing = file === 'dvc.yaml' ? name : address;
  const printed = execFileSync(python.bin('python'), ['-c', SCRIPT, addressing], { cwd: root, encoding: 'utf8' });
  const dvc = Told.parse(JSON.parse(printed));
  const ours = resolveStage(text, address, files);
  if (!ours.ok) throw new Error(ours.message);
  const { command, inputs, outputs } = ours.value;
  const lines = typeof dvc.cmd === 'string' ? [dvc.cmd] : dvc.cmd;
  expect(command).toBe(
    `${dvc.wdir === '.' ? '' : `cd -- '${dvc.wdir}'\n`}${lines.length === 1 ? lines[0] : lines.map((line) => `(\n${line}\n)`).join('\n')}`,
  );
  expect(inputs).toEqual(dvc.deps);
  expect(outputs).toEqual({ outs: dvc.outs, metrics: dvc.metrics, plots: dvc.plots });
});

test.each([
  ['a key that DVC does not know', 'stages: { train: { cmd: x, outputs: [y] } }\n'],
  ['a value that is not there', 'stages: { train: { cmd: "echo ${nothing}" } }\n'],
  ['vars of a file that is not there', 'vars: [no.yaml]\nstages: { train: { cmd: x } }\n'],
])('a stage with %s is refused by DVC, too', (_what, text) => {
  const root = mkdtempSync(join(base, 'repo-'));
  writeFileSync(join(root, 'dvc.yaml'), text);
  execFileSync(python.bin('dvc'), ['init', '--no-scm', '-q'], { cwd: root, stdio: 'pipe' });
  const asked = () => execFileSync(python.bin('python'), ['-c', SCRIPT, 'train'], { cwd: root, stdio: 'pipe' });
  expect(asked).toThrow();
  expect(resolveStage(text, 'train', new Map()).ok).toBe(false);
});

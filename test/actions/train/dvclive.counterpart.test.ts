import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { takeDvcliveSummary } from '../../../actions/train/dvc.ts';
import { DvcliveReader } from '../../../actions/train/dvclive-reader.ts';
import { pythonWith } from '../../python.ts';

/** What DVCLive itself, from PyPI, writes. */
let python: ReturnType<typeof pythonWith>;
const base = mkdtempSync(join(tmpdir(), 'trainyard-dvclive-'));
beforeAll(() => {
  python = pythonWith('dvclive==3.49.1');
}, 600_000);
afterAll(() => {
  python.remove();
  rmSync(base, { recursive: true, force: true });
});

test('DVCLive’s metrics are read as they were logged', async () => {
  const script = `
from dvclive import Live
with Live(save_dvc_exp=False, report=None) as live:
    for step in range(3):
        live.log_metric('train/loss', 1 / (step + 1))
        live.log_metric('auc', 0.5 + step / 10)
        live.log_metric('worst', float('nan'), plot=False)
        live.next_step()`;
  execFileSync(python.bin('python'), ['-c', script], { cwd: base, stdio: 'pipe' });
  const points = await new DvcliveReader(base).next(true);
  expect(points.filter(({ metric }) => metric === 'train.loss')).toEqual([
    { metric: 'train.loss', step: 0, value: 1 },
    { metric: 'train.loss', step: 1, value: 0.5 },
    { metric: 'train.loss', step: 2, value: 1 / 3 },
  ]);
  expect(points.filter(({ metric }) => metric === 'auc')).toHaveLength(3);
  const output = join(base, 'output');
  mkdirSync(output);
  await takeDvcliveSummary(base, output);
  const said = JSON.parse(readFileSync(join(output, 'metrics.json'), 'utf8'));
  expect(said).toEqual({ 'train.loss': 1 / 3, auc: 0.7 });
});

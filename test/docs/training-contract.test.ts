import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { layPlaces, type TrainingTask, trainingEnvironment } from '../../actions/train/contract.ts';
import { OUTPUT_LIMITS } from '../../adapters/archives/output.ts';
import { parseStepMetrics } from '../../core/evaluation/metrics.ts';
import { RunId } from '../../core/names.ts';
import { TRAIN_END_REASONS } from '../../core/training/status.ts';
import { codeIn, fencesOf, tableAfter, textOf } from './pages.ts';

const PAGE = 'docs/training-contract.md';
const directory = mkdtempSync(join(tmpdir(), 'docs-contract-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const task: TrainingTask = {
  run: RunId.parse('01JZ0000000000000000000000'),
  command: 'true',
  params: { name: 0.1 },
  seed: 7,
  data: { name: 'data/name.csv' },
  timeout: 60,
  smoke: true,
  environment: {},
};

describe('the environment of training', () => {
  test('holds the variables that the page lists, and no other of ours', async () => {
    const places = await layPlaces(directory, task.params);
    const job = {
      PATH: '/usr/bin',
      GITHUB_TOKEN: 'x',
      ACTIONS_RUNTIME_TOKEN: 'x',
      CUDA_VISIBLE_DEVICES: '0',
      SECRET: 'x',
    };
    const made = Object.keys(trainingEnvironment(task, places, null, job));
    const listed = tableAfter(PAGE, '### Variables').map(([name = '']) => codeIn(name)[0]?.replace('<NAME>', 'NAME'));
    expect(made.filter((name) => name.startsWith('TRAINYARD_')).sort()).toEqual(listed.sort());
    expect(made).toContain('CUDA_VISIBLE_DEVICES');
    expect(made.filter((name) => /TOKEN|SECRET|GITHUB|ACTIONS/.test(name))).toEqual([]);
  });
});

test('every way in which training ends is on the page', () => {
  const listed = tableAfter(PAGE, '### How it can end').map(([reason = '']) => codeIn(reason)[0]);
  expect(listed).toEqual(Object.keys(TRAIN_END_REASONS));
});

test('the limits of the output are those of the code', () => {
  const { files, bytes } = OUTPUT_LIMITS;
  expect(textOf(PAGE)).toContain(`at most ${files.toLocaleString('en')} files and ${bytes / 2 ** 30} GiB`);
});

test('the step metric of the page is one that is read', () => {
  const [shown] = fencesOf(PAGE).filter(({ language }) => language === 'json');
  expect(parseStepMetrics(Buffer.from(shown?.text ?? ''))).toMatchObject({ points: [{ step: 12 }], skipped: 0 });
});

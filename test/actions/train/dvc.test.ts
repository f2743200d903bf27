import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { layParams, takeDvcliveSummary } from '../../../actions/train/dvc.ts';
import { DvcliveReader } from '../../../actions/train/dvclive-reader.ts';

const base = mkdtempSync(join(tmpdir(), 'trainyard-dvc-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
let tree = '';
let output = '';
let count = 0;
beforeEach(() => {
  count += 1;
  tree = join(base, `tree-${count}`);
  output = join(base, `output-${count}`);
  mkdirSync(tree);
  mkdirSync(output);
});
function put(path: string, text: string): string {
  const file = join(tree, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

describe('params.yaml', () => {
  test('holds what a run was asked for', async () => {
    const file = put('params.yaml', 'train:\n  lr: 0.1 # tuned\n');
    expect(await layParams(tree, { lr: 0.5, other: 1 })).toEqual([]);
    expect(readFileSync(file, 'utf8')).toBe('train:\n  lr: 0.5 # tuned\n');
  });

  test.each([
    ['is not made where there is none', null, []],
    [
      'that is broken stays as it is, and is noted',
      'lr: [\n',
      [expect.objectContaining({ code: 'params_not_written' })],
    ],
    [
      'that names one in two places stays as it is, and is noted',
      'a: { lr: 1 }\nb: { lr: 2 }\n',
      [{ code: 'params_not_written', message: expect.stringContaining('names lr in several places') }],
    ],
  ])('%s', async (_, text, notes) => {
    const file = text === null ? null : put('params.yaml', text);
    expect(await layParams(tree, { lr: 0.5 })).toEqual(notes);
    if (file !== null) expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('that is a link is neither read nor written through', async () => {
    const secret = put('elsewhere.yaml', 'lr: 1\n');
    symlinkSync(secret, join(tree, 'params.yaml'));
    expect(await layParams(tree, { lr: 0.5 })).toEqual([]);
    expect(readFileSync(secret, 'utf8')).toBe('lr: 1\n');
  });
});

describe('what DVCLive writes', () => {
  test('is read line by line while training runs, one metric a table', async () => {
    const reader = new DvcliveReader(tree);
    expect(await reader.next()).toEqual([]);
    const loss = put('dvclive/plots/metrics/train/loss.tsv', 'step\tloss\n0\t1.0\n1\t0.');
    put('dvclive/plots/metrics/auc.tsv', 'timestamp\tstep\tauc\n1699\t0\t0.7\n');
    expect(await reader.next()).toEqual([
      { metric: 'auc', step: 0, value: 0.7 },
      { metric: 'train.loss', step: 0, value: 1 },
    ]);
    appendFileSync(loss, '5\n2\tnan\n3\t0.25');
    expect(await reader.next()).toEqual([
      { metric: 'train.loss', step: 1, value: 0.5 },
      { metric: 'train.loss', step: 2, value: Number.NaN },
    ]);
    expect(await reader.next(true)).toEqual([{ metric: 'train.loss', step: 3, value: 0.25 }]);
  });

  test.each([
    ['a table with another header', 'epoch\tloss\n0\t1\n'],
    ['a step that is none', 'step\tloss\n-1\t1\n1.5\t1\nx\t1\n'],
    ['a value that is none', 'step\tloss\n1\t\n2\tInfinity\n3\n'],
  ])('gives nothing for %s', async (_, text) => {
    put('dvclive/plots/metrics/loss.tsv', text);
    expect(await new DvcliveReader(tree).next(true)).toEqual([]);
  });

  test('is not looked for behind links', async () => {
    mkdirSync(join(base, 'outside'), { recursive: true });
    writeFileSync(join(base, 'outside', 'loss.tsv'), 'step\tloss\n0\t1\n');
    mkdirSync(join(tree, 'dvclive/plots/metrics'), { recursive: true });
    symlinkSync(join(base, 'outside'), join(tree, 'dvclive/plots/metrics/linked'));
    symlinkSync(join(base, 'outside/loss.tsv'), join(tree, 'dvclive/plots/metrics/loss.tsv'));
    expect(await new DvcliveReader(tree).next(true)).toEqual([]);
  });

  test('is what training reports of itself in the end', async () => {
    put('dvclive/metrics.json', '{"train": {"loss": 0.25}, "auc": 0.7, "worst": NaN, "best": "nan", "step": 2}');
    await takeDvcliveSummary(tree, output);
    expect(JSON.parse(readFileSync(join(output, 'metrics.json'), 'utf8'))).toEqual({ 'train.loss': 0.25, auc: 0.7 });
  });

  test('stands behind a metrics.json of training’s own', async () => {
    put('dvclive/metrics.json', '{"auc": 0.7}');
    writeFileSync(join(output, 'metrics.json'), '{"auc": 0.9}');
    await takeDvcliveSummary(tree, output);
    expect(readFileSync(join(output, 'metrics.json'), 'utf8')).toBe('{"auc": 0.9}');
  });

  test.each([['no JSON'], ['[1, 2]'], ['{"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}'], ['null']])(
    'leaves nothing where it says %s',
    async (text) => {
      put('dvclive/metrics.json', text);
      await takeDvcliveSummary(tree, output);
      expect(() => readFileSync(join(output, 'metrics.json'))).toThrow();
    },
  );
});

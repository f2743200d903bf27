import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { splitHoldout } from '../../core/data/holdout.ts';
import { call } from '../cli/world.ts';
import { pythonWith } from '../python.ts';

/** The PyTorch example, trained and judged: long, since PyTorch and what it brings are 5 GB. */
const EXAMPLE = resolve(import.meta.dirname, '../../examples/moons-pytorch');
const Metrics = z.object({ accuracy: z.number(), log_loss: z.number(), rows: z.number() });

let python: ReturnType<typeof pythonWith>;
let tree = '';
beforeAll(() => {
  // What the example asks for, in the environment that other long tests use, too.
  const [torch = '', numpy = ''] = readFileSync(join(EXAMPLE, 'requirements.in'), 'utf8')
    .split('\n')
    .filter((line) => /^[a-z]/.test(line));
  python = pythonWith(torch, numpy);
  tree = join(python.folder, 'tree');
  cpSync(EXAMPLE, tree, { recursive: true });
}, 900_000);
afterAll(() => python.remove());

function run(script: string, environment: Readonly<Record<string, string>>): string {
  const env = { PATH: '/usr/bin:/bin', ...environment };
  return execFileSync(python.bin('python'), [join(tree, script)], { env, encoding: 'utf8', stdio: 'pipe' });
}

function train(name: string, epochs: number) {
  const place = (what: string): string => join(python.folder, name, what);
  mkdirSync(place('checkpoint'), { recursive: true });
  const said = run('model/train.py', {
    TRAINYARD_SEED: '7',
    TRAINYARD_PARAM_EPOCHS: String(epochs),
    TRAINYARD_DATA_MOONS: join(tree, 'data/moons.csv'),
    TRAINYARD_OUTPUT: place('output'),
    TRAINYARD_CHECKPOINT: place('checkpoint'),
    TRAINYARD_METRICS: place('metrics.jsonl'),
  });
  const steps = readFileSync(place('metrics.jsonl'), 'utf8').trimEnd().split('\n');
  return { said, steps, output: place('output'), weights: readFileSync(place('output/weights.pt')) };
}

test('it trains what passes the scan and its gates, and resumed it trains the same', async () => {
  const whole = train('whole', 200);
  expect(whole.steps).toHaveLength(200);
  expect(await call(['scan', whole.output])).toMatchObject({ code: 0 });

  const half = train('resumed', 100);
  expect(half.weights.equals(whole.weights)).toBe(false);
  const resumed = train('resumed', 200);
  expect(resumed.said).toContain('resumed after epoch 100');
  expect(resumed.steps).toEqual(whole.steps);
  expect(resumed.weights.equals(whole.weights)).toBe(true);

  const holdout = join(EXAMPLE, 'eval/holdout.csv');
  const split = splitHoldout(readFileSync(holdout), { labels: ['lower'], id: 'id' });
  if (!split.ok) throw new Error(split.message);
  const features = join(python.folder, 'features.csv');
  writeFileSync(features, split.features);
  const judged = python.folder;
  run('eval/predict.py', { TRAINYARD_MODEL: whole.output, TRAINYARD_DATA_HOLDOUT: features, TRAINYARD_OUTPUT: judged });
  run('eval/evaluate.py', {
    TRAINYARD_PREDICTIONS: join(judged, 'predictions.csv'),
    TRAINYARD_DATA_HOLDOUT: holdout,
    TRAINYARD_OUTPUT: judged,
  });
  const metrics = Metrics.parse(JSON.parse(readFileSync(join(judged, 'metrics.json'), 'utf8')));
  expect(metrics.accuracy).toBeGreaterThanOrEqual(0.95);
  expect(metrics.log_loss).toBeLessThanOrEqual(0.2);
  expect(metrics.rows).toBe(400);
});

test('on a laptop it needs no variable', () => {
  run('model/train.py', {});
  expect(existsSync(join(tree, 'work/output/weights.pt'))).toBe(true);
});

import { afterAll, describe, expect, test } from 'vitest';
import { evaluate } from '../../../actions/evaluate/evaluate.ts';
import { openSandbox } from '../../../adapters/sandbox/sandbox.ts';
import { sha256Hex } from '../../../core/canonical.ts';
import { EvaluationOutcome } from '../../../core/evaluation/result.ts';
import { DatasetName, Sha256 } from '../../../core/names.ts';
import { packTar } from '../../../core/packaging/tar.ts';
import type { JudgeOrder } from '../../../core/training/request.ts';
import { GREETER } from '../example.ts';
import { judgeOrder } from '../orders.ts';
import { openStage } from '../stage.ts';

const stage = openStage();
afterAll(() => stage.close());
const possible =
  (await openSandbox('required', `${stage.base}/probe`, process.geteuid?.() ?? -1)).kind !== 'unavailable';

const tar = (files: Readonly<Record<string, string>>): Uint8Array =>
  packTar(Object.entries(files).map(([path, text]) => ({ path, content: Buffer.from(text), executable: false })));

const EVALUATOR = {
  'eval/predict.py': GREETER['eval/predict.py'] ?? '',
  'eval/evaluate.py': GREETER['eval/evaluate.py'] ?? '',
};

async function evaluated(
  order: Partial<Record<keyof JudgeOrder, unknown>> = {},
  options: { readonly package?: string; readonly evaluator?: Readonly<Record<string, string>> } = {},
) {
  const model = tar({ 'artifacts/model.json': '{"words":["hello"]}', 'manifest.json': '{}' });
  const packed = stage.put({ 'package.tar': model });
  const features = tar({ 'holdout.csv': 'id,word\n1,hello\n2,door\n' });
  const evaluator = stage.put({ 'evaluator.tar': tar(options.evaluator ?? EVALUATOR), 'features.tar': features });
  const labels = stage.put({ 'labels.tar': tar({ 'holdout.csv': 'id,word,label\n1,hello,1\n2,door,1\n' }) });
  const job = stage.job();
  const outputs = await evaluate(
    {
      order: judgeOrder({ predict: 'python eval/predict.py', run: 'python eval/evaluate.py', ...order }),
      packageId: packed.id,
      packageDigest: packed.digest,
      packageSha256: Sha256.parse(options.package ?? sha256Hex(model)),
      evaluatorId: evaluator.id,
      evaluatorDigest: evaluator.digest,
      labelsId: labels.id,
      labelsDigest: labels.digest,
      holdout: { [DatasetName.parse('holdout')]: Sha256.parse('a'.repeat(64)) },
    },
    job,
    stage.artifacts,
  );
  const outcome = EvaluationOutcome.parse(JSON.parse(stage.take(outputs.evaluationId, 'evaluation.json').toString()));
  expect(outputs.status).toBe(outcome.status);
  return { outcome, job };
}

// Where no namespaces can be had, evaluation is "not evaluated"; the sandbox's own tests say so.
describe.skipIf(!possible)('in the sandbox', () => {
  test('the model predicts on features, and the evaluator measures with labels', async () => {
    const { outcome, job } = await evaluated();
    expect(outcome, job.raw()).toMatchObject({
      status: 'evaluated',
      metrics: { accuracy: 0.5, rows: 2 },
      sandbox: 'namespaces',
      holdout: { holdout: 'a'.repeat(64) },
    });
  });

  test('a metric that is NaN is left out, and the others are measured', async () => {
    const text = '{"accuracy": 0.5, "auc": NaN}';
    const run = `echo '${text}' >"$TRAINYARD_OUTPUT/metrics.json"`;
    const { outcome, job } = await evaluated({ run });
    expect(outcome).toMatchObject({ status: 'evaluated', metrics: { accuracy: 0.5 } });
    expect(job.said.join()).toContain('auc (NaN)');
  });

  const predictions = 'echo "id,score" >"$TRAINYARD_OUTPUT/predictions.csv"';
  test.each([
    ['predict fails', { predict: 'echo "no such operator" >&2; exit 2' }, 'predict_failed', 'no such operator'],
    ['predict leaves nothing', { predict: 'true' }, 'predict_failed', 'left no predictions.csv'],
    ['predict takes too long', { predict: 'sleep 30', timeout: 1 }, 'predict_timed_out', 'timeout of 1 s'],
    ['predict asks the network', { predict: 'exec 3<>/dev/tcp/127.0.0.1/1' }, 'predict_failed', 'unreachable'],
    ['the evaluator fails', { predict: predictions, run: 'exit 4' }, 'evaluate_failed', 'exited with 4'],
    ['the evaluator leaves nothing', { predict: predictions, run: 'true' }, 'metrics_missing', 'left no metrics.json'],
    [
      'metrics are no numbers',
      { predict: predictions, run: `echo '{"a":"high"}' >"$TRAINYARD_OUTPUT/metrics.json"` },
      'metrics_invalid',
      'finite number',
    ],
    [
      'metrics are empty',
      { predict: predictions, run: `echo '{}' >"$TRAINYARD_OUTPUT/metrics.json"` },
      'metrics_missing',
      'no metric',
    ],
    [
      'metrics are all NaN',
      { predict: predictions, run: `echo '{"a":NaN}' >"$TRAINYARD_OUTPUT/metrics.json"` },
      'metrics_missing',
      'a (NaN)',
    ],
    ['the setup lacks what it needs', { setup: 'eval/uv.lock' }, 'setup_failed', 'expected pyproject.toml beside it'],
  ])('when %s, it is not evaluated and says why', async (_what, order, reason, message) => {
    const { outcome } = await evaluated(order);
    expect(outcome).toMatchObject({ status: 'not_evaluated', reason, message: expect.stringContaining(message) });
  });

  test('the process that loads the model finds no label on this machine', async () => {
    const search = `grep -rls "1,hello,1" / --include="*.csv" --exclude-dir=proc --exclude-dir=sys --exclude-dir=usr 2>/dev/null || true`;
    const { outcome } = await evaluated({ predict: `${search}; exit 9` });
    expect(outcome).toMatchObject({ reason: 'predict_failed', message: 'predict exited with 9:\n' });
  });

  test('the second process finds no model', async () => {
    const { outcome } = await evaluated({ predict: predictions, run: 'env | grep -c MODEL; exit 9' });
    expect(outcome).toMatchObject({ reason: 'evaluate_failed', message: expect.stringContaining(':\n0') });
  });

  test('what a command prints can’t speak to the runner', async () => {
    const { job } = await evaluated({ predict: 'echo "::add-mask::a"; exit 1' });
    // The first pair is that of the packages, which this evaluator has none of.
    const [pair, off] = ['::stop-commands::[0-9a-f]{48}\\n::[0-9a-f]{48}::\\n', '::stop-commands::[0-9a-f]{48}\\n'];
    expect(job.raw()).toMatch(new RegExp(`^${pair}${off}::add-mask::a\\n::[0-9a-f]{48}::\\n$`));
  });
});

test('by policy without a sandbox the outcome says so', async () => {
  const { outcome, job } = await evaluated({ sandbox: 'none' });
  expect(outcome, job.raw()).toMatchObject({ status: 'evaluated', sandbox: 'none' });
});

test('another package than the one that was scanned is refused', async () => {
  await expect(evaluated({}, { package: '0'.repeat(64) })).rejects.toMatchObject({ code: 'digest_mismatch' });
});

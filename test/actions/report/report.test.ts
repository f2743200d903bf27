import { afterAll, expect, test } from 'vitest';
import type { Inputs } from '../../../actions/report/interface.ts';
import { report } from '../../../actions/report/report.ts';
import { EvaluationOutcome, JudgeResult } from '../../../core/evaluation/result.ts';
import { GitId, RepositoryName, Sha256 } from '../../../core/names.ts';
import { ENVIRONMENT } from '../../core/samples.ts';
import { judgeOrder, RUN } from '../orders.ts';
import { openStage } from '../stage.ts';

const stage = openStage();
afterAll(() => stage.close());

const PLACE = {
  repository: RepositoryName.parse('ada/team'),
  sha: GitId.parse('a'.repeat(40)),
  runId: 5,
  attempt: 1,
};
const DIGEST = Sha256.parse('d'.repeat(64));
const NOTHING: Inputs = {
  runId: RUN,
  order: judgeOrder(),
  outputDigest: DIGEST,
  refusal: null,
  environment: null,
  scanId: null,
  scanDigest: null,
  packageId: null,
  packageDigest: null,
  packageSha256: null,
  packageSize: null,
  evaluationId: null,
  evaluationDigest: null,
};

async function reported(change: Partial<Inputs>): Promise<JudgeResult> {
  const outputs = await report({ ...NOTHING, ...change }, stage.job(), PLACE, stage.artifacts);
  return JudgeResult.parse(JSON.parse(stage.take(outputs.artifactId, 'result.json').toString()));
}

function scanned(verdict: 'clean' | 'finding' | 'unscanned'): Partial<Inputs> {
  const scan = { verdict, files: [], findings: [] };
  const { id, digest } = stage.put({
    'scan.json': JSON.stringify({ scan, waived: [], selfReported: { accuracy: 0.9 } }),
  });
  return { scanId: id, scanDigest: digest };
}

function evaluated(): Partial<Inputs> {
  const outcome = { status: 'evaluated', metrics: { accuracy: 0.7 }, sandbox: 'namespaces', holdout: {}, seconds: 1 };
  const { id, digest } = stage.put({ 'evaluation.json': JSON.stringify(outcome) });
  return { evaluationId: id, evaluationDigest: digest };
}

const PACKAGE: Partial<Inputs> = { packageId: 9, packageDigest: DIGEST, packageSha256: DIGEST, packageSize: 10 };

test('what all jobs handed over is in the result', async () => {
  expect(await reported({ ...scanned('clean'), ...evaluated(), ...PACKAGE })).toMatchObject({
    run: RUN,
    model: 'greeter',
    output: DIGEST,
    scan: { verdict: 'clean' },
    evaluation: { status: 'evaluated', metrics: { accuracy: 0.7 } },
    selfReported: { accuracy: 0.9 },
    package: { sha256: DIGEST, size: 10, artifact: { id: 9, digest: DIGEST, runId: 5 } },
  });
});

test('what training says of its machine is in the result, where it says anything', async () => {
  expect(await reported({ environment: ENVIRONMENT })).toMatchObject({ environment: ENVIRONMENT });
  expect(await reported({})).not.toHaveProperty('environment');
});

test('when every job failed there is a result, and it is red', async () => {
  expect(await reported({})).toMatchObject({
    scan: { verdict: 'unscanned', findings: [{ rule: 'not-scanned' }] },
    evaluation: { status: 'not_evaluated', reason: 'scan_not_clean' },
    package: null,
  });
});

test('a scan that is not clean is why nothing was evaluated, whatever else arrived', async () => {
  expect(await reported({ ...scanned('finding'), ...evaluated() })).toMatchObject({
    evaluation: { status: 'not_evaluated', reason: 'scan_not_clean' },
  });
});

test('an evaluate job that handed nothing over is not evaluated', async () => {
  expect(await reported({ ...scanned('clean'), ...PACKAGE })).toMatchObject({
    evaluation: { status: 'not_evaluated', reason: 'evaluate_failed' },
  });
});

test('a refused holdout stays refused', async () => {
  const refusal = EvaluationOutcome.parse({
    status: 'not_evaluated',
    reason: 'holdout_in_training_data',
    message: 'x',
  });
  expect(await reported({ ...scanned('clean'), ...evaluated(), refusal })).toMatchObject({ evaluation: refusal });
});

test('a part of the package reference alone is no package', async () => {
  expect(await reported({ ...scanned('clean'), ...evaluated(), ...PACKAGE, packageSha256: null })).toMatchObject({
    package: null,
  });
});

test('a file of another shape is refused', async () => {
  const { id, digest } = stage.put({ 'scan.json': '{"scan":{"verdict":"clean"}}' });
  await expect(reported({ scanId: id, scanDigest: digest })).rejects.toMatchObject({ code: 'result_invalid' });
});

import { describe, expect, test } from 'vitest';
import { type Reproducible, reproductionOf } from '../../../core/training/reproduction.ts';
import { ENVIRONMENT, judged, recordOf, runId, sha256 } from '../samples.ts';

const { order } = recordOf();
const ran = (changes: Partial<Reproducible> = {}): Reproducible => ({
  order,
  package: { sha256: sha256('package') },
  files: [
    { path: 'model.onnx', sha256: sha256('weights') },
    { path: 'metrics.json', sha256: sha256('metrics') },
  ],
  evaluation: judged().evaluation,
  ...changes,
});
const other = { sha256: sha256('other package') };
const evaluated = (metrics: Record<string, number>): Reproducible['evaluation'] => ({
  ...judged().evaluation,
  ...{ status: 'evaluated', metrics, sandbox: 'namespaces', holdout: {}, seconds: 1 },
});

describe('a run that was trained once more', () => {
  test('is equal where the packages are, whatever else was asked for', () => {
    const elsewhere = ran({ order: { ...order, runner: ['gpu'] } });
    expect(reproductionOf(runId(1), ran(), elsewhere)).toEqual({ kind: 'equal', of: runId(1) });
  });

  test('differs in what it was trained with, where both machines have said that', () => {
    const [gpu] = ENVIRONMENT.gpus;
    const after = {
      ...ENVIRONMENT,
      python: null,
      packages: { digest: sha256('other packages'), count: 42 },
      gpus: gpu === undefined ? [] : [{ ...gpu, driver: '560.28.03' }],
    };
    const compared = (environment?: typeof ENVIRONMENT) =>
      reproductionOf(runId(1), ran({ environment }), ran({ package: other, environment: after }));
    expect(compared(ENVIRONMENT)).toEqual({
      kind: 'differs',
      of: runId(1),
      differences: [
        'the version of Python was 3.12.4 and is unknown',
        `the digest of the installed packages was ${sha256('packages')} and is ${sha256('other packages')}`,
        'the GPU driver was 550.54.15 and is 560.28.03',
      ],
    });
    expect(compared()).toEqual({ kind: 'differs', of: runId(1), differences: [] });
  });

  test('differs in files that changed, came or went, in metrics, and in what it ran on', () => {
    const after = ran({
      package: other,
      order: { ...order, request: { ...order.request, resources: { gpus: 1, gpu: 'a100', nodes: 2, spot: false } } },
      files: [
        { path: 'model.onnx', sha256: sha256('other weights') },
        { path: 'extra.bin', sha256: sha256('extra') },
      ],
      evaluation: evaluated({ auc: 0.7401, brier: 0.2 }),
    });
    expect(reproductionOf(runId(1), ran({ evaluation: evaluated({ auc: 0.74, brier: 0.2 }) }), after)).toEqual({
      kind: 'differs',
      of: runId(1),
      differences: [
        'the type of GPU was null and is "a100"',
        'the number of GPUs was 0 and is 1',
        'the number of machines was 1 and is 2',
        'model.onnx has other bytes',
        'extra.bin is new',
        'metrics.json is missing',
        'auc was 0.74 and is 0.7401',
      ],
    });
  });

  test('counts what is too much to name', () => {
    const files = (of: string) =>
      Array.from({ length: 30 }, (_, at) => ({ path: `part-${at}`, sha256: sha256(`${of} ${at}`) }));
    const found = reproductionOf(runId(1), ran({ files: files('a') }), ran({ package: other, files: files('b') }));
    expect(found).toMatchObject({ kind: 'differs', differences: expect.arrayContaining(['and 20 more files']) });
  });

  test.each([
    ['the earlier run is gone or was never judged', null, ran(), /has no judged outputs/],
    ['the earlier run left no package', ran({ package: null }), ran(), /left no package/],
    ['this run left no package', ran(), ran({ package: null }), /this run left no package/],
  ])('is not compared where %s, and never taken for equal', (_, before, after, why) => {
    expect(reproductionOf(runId(1), before, after)).toEqual({
      kind: 'unknown',
      of: runId(1),
      why: expect.stringMatching(why),
    });
  });
});

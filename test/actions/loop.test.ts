import { afterAll, beforeAll, expect, test } from 'vitest';
import { JudgeResult } from '../../core/evaluation/result.ts';
import type { RunRecord } from '../../core/ledger/run.ts';
import { TrainStatus } from '../../core/training/status.ts';
import type { Outcome } from '../local/workflows/playground.ts';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});

/** What went wrong, for a test that expected success. */
async function explain(outcome: Outcome): Promise<string> {
  const logs = await Promise.all(
    outcome.jobs.map(
      async (job) => `--- ${job.name} ${job.conclusion}\n${await outcome.log(job.name).catch(() => '')}`,
    ),
  );
  return `${outcome.run.startupError ?? ''}\n${logs.join('\n')}`;
}

test('a run is trained and judged from a second repository', async () => {
  const record: RunRecord = await world.accept(world.base);
  const trained = await world.train(record);
  const status = TrainStatus.parse(
    await world.read(trained, 'trainyard-output', 'status.json').catch(async () => {
      throw new Error(await explain(trained));
    }),
  );
  expect(status, await explain(trained)).toMatchObject({ reason: 'succeeded', exitCode: 0 });
  expect(status.stepMetrics).toHaveLength(3);

  const judged = await world.judge(record, world.judgeOrder(), trained);
  const result = JudgeResult.parse(
    await world.read(judged, 'trainyard-result', 'result.json').catch(async () => {
      throw new Error(await explain(judged));
    }),
  );
  expect(result.evaluation, await explain(judged)).toMatchObject({
    status: 'evaluated',
    metrics: { accuracy: 0.75, rows: 4 },
    sandbox: 'namespaces',
  });
  expect(result).toMatchObject({ run: record.run, scan: { verdict: 'clean' }, selfReported: { accuracy: 0.999 } });
}, 120_000);

import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { preparePython } from '../../adapters/python/environment.ts';
import { openSandbox } from '../../adapters/sandbox/sandbox.ts';
import { EvaluationOutcome } from '../../core/evaluation/result.ts';
import type { Artifacts } from '../runtime/artifacts.ts';
import { CommandLog } from '../runtime/command-log.ts';
import type { Job } from '../runtime/job.ts';
import { EVALUATION_FILE } from '../runtime/judge-files.ts';
import type { Inputs, Outputs } from './interface.ts';
import { takeEvaluator, takeLabels, takeModel } from './materials.ts';
import { measure } from './measure.ts';
import { notEvaluated } from './not-evaluated.ts';
import { predict } from './predict.ts';
import type { Stage } from './stage.ts';

const SETUP_SECONDS = 1800;

/** Evaluates and hands the outcome over. A model that can't be evaluated is an outcome, not an error of this action. */
export async function evaluate(inputs: Inputs, job: Job, artifacts: Artifacts): Promise<Outputs> {
  const outcome = EvaluationOutcome.parse(await outcomeOf(inputs, job, artifacts));
  if (outcome.status === 'not_evaluated') job.log.error(`not evaluated (${outcome.reason}): ${outcome.message}`);
  const directory = await job.directory('evaluation');
  await writeFile(join(directory, EVALUATION_FILE), JSON.stringify(outcome));
  const { id, digest } = await artifacts.upload('judge-evaluation', directory, [EVALUATION_FILE]);
  return { status: outcome.status, evaluationId: String(id), evaluationDigest: digest };
}

async function outcomeOf(inputs: Inputs, job: Job, artifacts: Artifacts): Promise<EvaluationOutcome> {
  const { order } = inputs;
  const model = await takeModel(inputs, job, artifacts);
  const evaluator = await takeEvaluator(inputs, job, artifacts);
  const log = new CommandLog(job.log.raw, randomBytes(24).toString('hex'));
  log.begin();
  const python = await preparePython({
    lock: order.setup === null ? null : { file: join(evaluator.directory, order.setup), path: order.setup },
    directory: await job.directory('python'),
    purpose: 'evaluation',
    environment: job.environment,
    timeoutSeconds: SETUP_SECONDS,
    cancel: job.cancel,
    onLog: (chunk) => log.take(chunk),
  }).finally(() => log.end());
  if (!python.ok) return notEvaluated('setup_failed', python.message);

  const sandbox = await openSandbox(order.sandbox, await job.directory('sandbox'), process.geteuid?.() ?? -1);
  if (sandbox.kind === 'unavailable') return notEvaluated('sandbox_unavailable', sandbox.message);
  job.log.info(`sandbox: ${sandbox.description}`);

  const stage: Stage = { job, order, sandbox, python: python.environment, evaluator: evaluator.directory };
  const predicted = await predict(stage, model, evaluator.features);
  if (predicted.kind === 'refused') return predicted.outcome;
  // Only now: while the model's process ran, the labels were not on this machine.
  const labels = await takeLabels(inputs, job, artifacts);
  const measured = await measure(stage, predicted.predictions, labels);
  if (measured.kind === 'refused') return measured.outcome;
  return {
    status: 'evaluated',
    metrics: measured.metrics,
    sandbox: sandbox.kind,
    holdout: inputs.holdout,
    seconds: predicted.seconds,
  };
}

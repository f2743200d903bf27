import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ValidationOrder, ValidationResult } from '../../core/data/result.ts';
import {
  BASE_CONTRACT_FILE,
  DATA_FILE,
  HEAD_CONTRACT_FILE,
  MAX_CONTRACT,
  MAX_DATA,
  SOURCES_FILE,
  Sources,
} from '../fetch-data/sources.ts';
import type { ArtifactHandle, Artifacts } from '../runtime/artifacts.ts';
import { ActionError } from '../runtime/error.ts';
import type { Job, Log } from '../runtime/job.ts';
import { RESULT_FILE } from '../runtime/result-file.ts';
import { check } from './check.ts';
import type { Inputs, Outputs } from './interface.ts';
import { summaryOf } from './summary.ts';

/** GitHub shows no more than ten annotations of a kind for each step. */
const MAX_ANNOTATIONS = 10;

/** Checks datasets and hands the results over. A bad dataset is a result, not an error of this action. */
export async function validate(inputs: Inputs, job: Job, artifacts: Artifacts): Promise<Outputs> {
  const results: Outputs['results'] = [];
  for (const order of inputs.orders) {
    const fetched = inputs.artifacts.find(({ dataset }) => dataset === order.dataset);
    if (fetched === undefined)
      throw new ActionError('input_invalid', `expected an artifact with data of ${order.dataset}`);
    results.push({ dataset: order.dataset, ...(await validateOne(order, fetched, job, artifacts)) });
  }
  return { results };
}

async function validateOne(
  order: ValidationOrder,
  { id, digest }: ArtifactHandle,
  job: Job,
  artifacts: Artifacts,
): Promise<ArtifactHandle> {
  const directory = await job.directory('data');
  await artifacts.download({ id, digest }, directory, {
    [SOURCES_FILE]: { maxBytes: 65_536 },
    [DATA_FILE]: { maxBytes: MAX_DATA, optional: true },
    [HEAD_CONTRACT_FILE]: { maxBytes: MAX_CONTRACT, optional: true },
    [BASE_CONTRACT_FILE]: { maxBytes: MAX_CONTRACT, optional: true },
  });
  const sources = Sources.parse(JSON.parse(await readFile(join(directory, SOURCES_FILE), 'utf8')));
  const result = ValidationResult.parse(await check(order, sources, directory));

  annotate(result, job.log);
  await job.summary(summaryOf(result));
  const results = await job.directory('result');
  await writeFile(join(results, RESULT_FILE), JSON.stringify(result));
  return artifacts.upload(`trainyard-validation-${result.dataset}`, results, [RESULT_FILE]);
}

function annotate(result: ValidationResult, log: Log): void {
  for (const finding of result.findings.filter(({ severity }) => severity === 'fail').slice(0, MAX_ANNOTATIONS)) {
    log.error(finding.message, {
      file: finding.file,
      title: `${result.dataset}: ${finding.rule}`,
      ...(finding.line === null ? {} : { line: finding.line }),
    });
  }
  if (result.status === 'not_checked') log.error(`${result.dataset} was not checked: ${result.reason ?? ''}`);
}

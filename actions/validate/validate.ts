import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_PROFILE } from '../../core/data/profile/profile.ts';
import type { DataReport } from '../../core/data/report/data-report.ts';
import { type ValidationOrder, ValidationResult } from '../../core/data/result.ts';
import { reportToCheck } from '../../core/reports/data/check.ts';
import { reportToHtml } from '../../core/reports/data/html.ts';
import { reportToJson } from '../../core/reports/data/json.ts';
import {
  BASE_CONTRACT_FILE,
  BASE_DATA_FILE,
  BASE_PROFILE_FILE,
  DATA_FILE,
  HEAD_CONTRACT_FILE,
  MAX_ARCHIVE,
  MAX_CONTRACT,
  MAX_SOURCES,
  OTHERS_FILE,
  SOURCES_FILE,
  Sources,
} from '../fetch-data/sources.ts';
import { annotate } from '../runtime/annotate.ts';
import type { ArtifactHandle, Artifacts } from '../runtime/artifacts.ts';
import { ActionError } from '../runtime/error.ts';
import type { Job } from '../runtime/job.ts';
import { RESULT_FILE } from '../runtime/result-file.ts';
import { check } from './check.ts';
import type { CheckPorts } from './check-forms.ts';
import type { Inputs, Outputs } from './interface.ts';
import { summaryOf } from './summary.ts';

const HTML_FILE = 'report.html';
const JSON_FILE = 'report.json';

/** Checks datasets and hands the results over. A bad dataset is a result, not an error of this action. */
export async function validate(inputs: Inputs, job: Job, artifacts: Artifacts, ports: CheckPorts): Promise<Outputs> {
  const results: Outputs['results'] = [];
  for (const order of inputs.orders) {
    const fetched = inputs.artifacts.find(({ dataset }) => dataset === order.dataset);
    if (fetched === undefined)
      throw new ActionError('input_invalid', `expected an artifact with data of ${order.dataset}`);
    results.push({ dataset: order.dataset, ...(await validateOne({ order, fetched, job, artifacts }, ports)) });
  }
  return { results };
}

interface Task {
  readonly order: ValidationOrder;
  readonly fetched: ArtifactHandle;
  readonly job: Job;
  readonly artifacts: Artifacts;
}

async function validateOne(task: Task, ports: CheckPorts): Promise<ArtifactHandle> {
  const { order, job, artifacts } = task;
  const { id, digest } = task.fetched;
  const directory = await job.directory('data');
  await artifacts.download({ id, digest }, directory, {
    [SOURCES_FILE]: { maxBytes: MAX_SOURCES },
    [DATA_FILE]: { maxBytes: MAX_ARCHIVE, optional: true },
    [BASE_DATA_FILE]: { maxBytes: MAX_ARCHIVE, optional: true },
    [BASE_PROFILE_FILE]: { maxBytes: MAX_PROFILE, optional: true },
    [OTHERS_FILE]: { maxBytes: MAX_ARCHIVE, optional: true },
    [HEAD_CONTRACT_FILE]: { maxBytes: MAX_CONTRACT, optional: true },
    [BASE_CONTRACT_FILE]: { maxBytes: MAX_CONTRACT, optional: true },
  });
  const sources = Sources.parse(JSON.parse(await readFile(join(directory, SOURCES_FILE), 'utf8')));
  const checked = await check(order, sources, directory, ports);
  const result = ValidationResult.parse(checked.result);

  await say(result, checked.report, job);
  if (checked.report !== null) await uploadReport(order, checked.report, task);
  const results = await job.directory('result');
  await writeFile(join(results, RESULT_FILE), JSON.stringify(result));
  return artifacts.upload(`trainyard-validation-${result.dataset}`, results, [RESULT_FILE]);
}

/** Before the result, so that a report which is there is never missing from what the result speaks of. */
async function uploadReport(order: ValidationOrder, report: DataReport, { job, artifacts }: Task): Promise<void> {
  const reports = await job.directory('report');
  await writeFile(join(reports, HTML_FILE), reportToHtml(report));
  await writeFile(join(reports, JSON_FILE), reportToJson(report));
  await artifacts.upload(`trainyard-report-${order.dataset}`, reports, [HTML_FILE, JSON_FILE]);
}

async function say(result: ValidationResult, report: DataReport | null, job: Job): Promise<void> {
  if (report === null) {
    for (const { message, file, line, rule } of result.findings
      .filter(({ severity }) => severity === 'fail')
      .slice(0, 10))
      job.log.error(message, { file, title: `${result.dataset}: ${rule}`, ...(line === null ? {} : { line }) });
    await job.summary(summaryOf(result));
  } else {
    const { summary: text, annotations } = reportToCheck(report);
    annotate(annotations, job.log);
    await job.summary(`### Data check\n\n${text}`);
  }
  if (result.status === 'not_checked') job.log.error(`${result.dataset} was not checked: ${result.reason ?? ''}`);
}

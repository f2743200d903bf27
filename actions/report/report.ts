import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { EvaluationOutcome, JudgeResult, type PackageReference } from '../../core/evaluation/result.ts';
import type { Sha256 } from '../../core/names.ts';
import type { ScanReport } from '../../core/verification/report.ts';
import type { Artifacts } from '../runtime/artifacts.ts';
import { ActionError } from '../runtime/error.ts';
import { problems } from '../runtime/inputs.ts';
import type { Job } from '../runtime/job.ts';
import { EVALUATION_FILE, MAX_JSON, SCAN_FILE } from '../runtime/judge-files.ts';
import type { WorkflowPlace } from '../runtime/place.ts';
import { RESULT_FILE } from '../runtime/result-file.ts';
import { ScanFile } from '../scan/scan-file.ts';
import type { Inputs, Outputs } from './interface.ts';

/** Puts the result together. What a job did not hand over is red in it, and said. */
export async function report(inputs: Inputs, job: Job, place: WorkflowPlace, artifacts: Artifacts): Promise<Outputs> {
  const read = reader(job, artifacts);
  const scanned = await read(inputs.scanId, inputs.scanDigest, SCAN_FILE, ScanFile);
  const scan = scanned?.scan ?? noScan();
  const result: JudgeResult = {
    version: 1,
    run: inputs.runId,
    model: inputs.order.model,
    policyCommit: inputs.order.policyCommit,
    output: inputs.outputDigest,
    scan,
    ...(scanned === null || scanned.waived.length === 0 ? {} : { waived: scanned.waived }),
    evaluation: await evaluationOf(inputs, scan, read),
    selfReported: scanned?.selfReported ?? null,
    ...(inputs.environment === null ? {} : { environment: inputs.environment }),
    package: packageOf(inputs, place),
  };
  const checked = JudgeResult.safeParse(result);
  if (!checked.success) throw new ActionError('result_invalid', `no valid result: ${problems(checked.error)}`);
  const directory = await job.directory('result');
  await writeFile(join(directory, RESULT_FILE), JSON.stringify(checked.data));
  const { id, digest } = await artifacts.upload('trainyard-result', directory, [RESULT_FILE]);
  return { artifactId: String(id), artifactDigest: digest };
}

type Read = <T extends z.ZodType>(
  id: number | null,
  digest: Sha256 | null,
  file: string,
  schema: T,
) => Promise<z.infer<T> | null>;

function reader(job: Job, artifacts: Artifacts): Read {
  return async (id, digest, file, schema) => {
    if (id === null || digest === null) return null;
    const directory = await job.directory('file');
    await artifacts.download({ id, digest }, directory, { [file]: { maxBytes: MAX_JSON } });
    const parsed = schema.safeParse(JSON.parse(await readFile(join(directory, file), 'utf8')));
    if (!parsed.success) throw new ActionError('result_invalid', `${file}: ${problems(parsed.error)}`);
    return parsed.data;
  };
}

function noScan(): ScanReport {
  const message = 'The scan job ended without a report; the log of the judge run says why.';
  const fix = 'Run the judge workflow again.';
  return {
    verdict: 'unscanned',
    files: [],
    findings: [{ rule: 'not-scanned', severity: 'high', file: '', message, fix }],
  };
}

async function evaluationOf(inputs: Inputs, scan: ScanReport, read: Read): Promise<EvaluationOutcome> {
  if (inputs.refusal !== null) return inputs.refusal;
  if (scan.verdict !== 'clean') {
    const message = `The scan is not clean (${scan.verdict}), so the model was not loaded.`;
    return { status: 'not_evaluated', reason: 'scan_not_clean', message };
  }
  const evaluation = await read(inputs.evaluationId, inputs.evaluationDigest, EVALUATION_FILE, EvaluationOutcome);
  const message = 'The evaluate job ended without an outcome; the log of the judge run says why.';
  return evaluation ?? { status: 'not_evaluated', reason: 'evaluate_failed', message };
}

function packageOf(inputs: Inputs, place: WorkflowPlace): PackageReference | null {
  const { packageId: id, packageDigest: digest, packageSha256: sha256, packageSize: size } = inputs;
  if (id === null || digest === null || sha256 === null || size === null) return null;
  return { sha256, size, artifact: { id, digest, runId: place.runId } };
}

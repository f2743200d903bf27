import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type FoundFiles, findFiles, PathError, scanFound } from '../../adapters/archives/files-to-scan.ts';
import { scanToJson } from '../../core/verification/output/json.ts';
import { scanToMarkdown } from '../../core/verification/output/markdown.ts';
import { scanToSarif } from '../../core/verification/output/sarif.ts';
import { scanToLines } from '../../core/verification/output/terminal.ts';
import type { Waiver } from '../../core/verification/waiver.ts';
import { type JudgedScan, judgeScan, MAX_SCAN_POLICY, parseScanPolicy } from '../../core/verification/waivers.ts';
import { annotate } from '../runtime/annotate.ts';
import { nameInCheckout, refuseAway } from '../runtime/confined-files.ts';
import { ActionError } from '../runtime/error.ts';
import { commitInCheckout, type GitObjects } from '../runtime/git-objects.ts';
import type { Job } from '../runtime/job.ts';
import { SARIF_VERSION, writeReportFile } from '../runtime/report-file.ts';
import { fileAt } from '../runtime/tree-files.ts';
import type { Inputs, Outputs } from './interface.ts';

export interface Surroundings {
  readonly workspace: string;
  /** Of the checkout, for a policy of another commit. */
  readonly objects: GitObjects;
  readonly now: () => Date;
}

/** Of the log: the report has all. */
const MAX_LINES = 500;

/** The scan in one step of anybody's job: annotations, summary, report files, and red unless everything is clean. */
export async function verify(inputs: Inputs, job: Job, surroundings: Surroundings): Promise<Outputs> {
  const { workspace, now } = surroundings;
  const waivers = await readWaivers(inputs, job, surroundings);
  const deadline = now().getTime() + inputs.timeout * 1000;
  const expired = (): boolean => job.cancel.aborted || now().getTime() >= deadline;
  const found = await find(inputs, workspace, expired);
  try {
    const report = scanFound(found, expired);
    return await finish(judgeScan(report, waivers, now().toISOString().slice(0, 10)), inputs, job, workspace);
  } finally {
    found.close();
  }
}

/** @throws ActionError `input_invalid` for a path that is not there, `input_refused` for one that leads away */
async function find(inputs: Inputs, workspace: string, expired: () => boolean): Promise<FoundFiles> {
  const paths = inputs.paths.map((path) => nameInCheckout(path, workspace));
  try {
    for (const path of paths) {
      const place = resolve(workspace, path);
      // Of what is not there the listing says so.
      if (existsSync(place)) await refuseAway(place, workspace);
    }
    return await findFiles(workspace, paths, expired);
  } catch (cause) {
    if (cause instanceof ActionError) throw cause;
    if (cause instanceof PathError) throw new ActionError('input_invalid', cause.message, { cause });
    throw cause;
  }
}

async function finish(judged: JudgedScan, inputs: Inputs, job: Job, workspace: string): Promise<Outputs> {
  const { status, report } = judged;
  const lines = scanToLines(judged);
  const left = lines.length - 1 - MAX_LINES;
  for (const line of lines.slice(0, -1).slice(0, MAX_LINES)) job.log.info(line);
  if (left > 0) job.log.info(`and ${left} more lines, which the report has (json)`);
  annotate(annotationsOf(judged), job.log);
  await job.summary(scanToMarkdown(judged));
  await writeReportFile(inputs.sarif, workspace, () => scanToSarif(judged, { version: SARIF_VERSION }));
  await writeReportFile(inputs.json, workspace, () => scanToJson(judged));
  const verdict = lines.at(-1) ?? status;
  if (status === 'clean' || inputs.failOn === 'never') job.log.info(verdict);
  else job.fail(verdict);
  return {
    status,
    files: report.files.length,
    findings: report.findings.length,
    sarif: inputs.sarif,
    json: inputs.json,
  };
}

/** A model has no lines: what was found stands at the first of the file that holds it. */
function annotationsOf({ report }: JudgedScan) {
  return report.findings.map(({ rule, severity, file, message, evidence, fix }) => {
    const [path = '', ...inner] = file.split('!/');
    const within = inner.length === 0 ? '' : `${inner.join('!/')}: `;
    const shown = evidence === undefined ? '' : `: ${evidence}`;
    const level = severity === 'low' ? 'warning' : 'failure';
    return { path, line: 1, level, title: rule, message: `${within}${message}${shown}. ${fix}` } as const;
  });
}

/** @throws ActionError for a policy that is none, or a pull request's own: nothing is waived by it */
async function readWaivers(
  { policy, policyRef }: Inputs,
  job: Job,
  { workspace, objects }: Surroundings,
): Promise<readonly Waiver[]> {
  if (policy === '') {
    if (policyRef !== '') throw new ActionError('input_invalid', 'policy-ref is given without policy');
    return [];
  }
  const path = nameInCheckout(policy, workspace);
  if (policyRef === '' && (job.environment['GITHUB_BASE_REF'] ?? '') !== '')
    throw new ActionError(
      'input_invalid',
      'on a pull request, policy needs policy-ref, such as the expression github.base_ref: it could waive its own findings',
    );
  const text = policyRef === '' ? await readHere(path, workspace) : await readAt(path, policyRef, objects);
  const parsed = parseScanPolicy(text);
  if (parsed.ok) return parsed.policy.waivers;
  const problems = parsed.problems.slice(0, 10).join('; ');
  throw new ActionError('input_invalid', `${policy} is no scan policy: ${problems} (see docs/scanner.md)`);
}

async function readHere(path: string, workspace: string): Promise<string> {
  const full = resolve(workspace, path);
  const found = await stat(full).catch(() => null);
  if (found?.isFile() !== true)
    throw new ActionError('input_invalid', `expected a file of waivers, found none: ${path}`);
  await refuseAway(full, workspace);
  refuseLarge(path, found.size);
  return readFile(full, 'utf8');
}

async function readAt(path: string, reference: string, objects: GitObjects): Promise<string> {
  const commit = await commitInCheckout('policy-ref', reference, objects);
  const file = fileAt(await objects.tree(commit), path);
  if (file === null) throw new ActionError('input_invalid', `expected a file of waivers at ${path} in ${reference}`);
  refuseLarge(path, file.size);
  const { value, done } = await objects.blobs([file.id]).next();
  return done === true ? '' : Buffer.from(value).toString('utf8');
}

function refuseLarge(path: string, bytes: number): void {
  if (bytes > MAX_SCAN_POLICY) throw new ActionError('input_invalid', `${path}: at most ${MAX_SCAN_POLICY} bytes`);
}

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { DataReport } from '../../core/data/report/data-report.ts';
import { reportToHtml } from '../../core/reports/data/html.ts';
import { reportToJson } from '../../core/reports/data/json.ts';
import { reportToJunit } from '../../core/reports/data/junit.ts';
import { reportToSarif } from '../../core/reports/data/sarif.ts';
import { refuseAway } from '../runtime/confined-files.ts';
import type { Inputs, Outputs } from './interface.ts';

/** Of the driver that SARIF names; actions are versioned by their tag, which they can't see. */
const VERSION = '1';

/** Writes the reports that were asked for. @returns their paths as they were asked for, empty for none */
export async function writeReports(
  report: DataReport,
  { html, sarif, junit, json }: Inputs,
  workspace: string,
): Promise<Pick<Outputs, 'html' | 'sarif' | 'junit' | 'json'>> {
  const write = async (path: string, text: () => string): Promise<void> => {
    if (path === '') return;
    const full = resolve(workspace, path);
    await mkdir(dirname(full), { recursive: true });
    await refuseAway(dirname(full), workspace);
    // What is there may be a pull request's link to some other file of the runner.
    await rm(full, { force: true });
    await writeFile(full, text(), { flag: 'wx' });
  };
  await write(html, () => reportToHtml(report));
  await write(sarif, () => reportToSarif(report, { version: VERSION }));
  await write(junit, () => reportToJunit(report));
  await write(json, () => reportToJson(report));
  return { html, sarif, junit, json };
}

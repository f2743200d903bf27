import type { DataReport } from '../../core/data/report/data-report.ts';
import { reportToHtml } from '../../core/reports/data/html.ts';
import { reportToJson } from '../../core/reports/data/json.ts';
import { reportToJunit } from '../../core/reports/data/junit.ts';
import { reportToSarif } from '../../core/reports/data/sarif.ts';
import { SARIF_VERSION, writeReportFile } from '../runtime/report-file.ts';
import type { Inputs, Outputs } from './interface.ts';

/** Writes the reports that were asked for. @returns their paths as they were asked for, empty for none */
export async function writeReports(
  report: DataReport,
  { html, sarif, junit, json }: Inputs,
  workspace: string,
): Promise<Pick<Outputs, 'html' | 'sarif' | 'junit' | 'json'>> {
  await writeReportFile(html, workspace, () => reportToHtml(report));
  await writeReportFile(sarif, workspace, () => reportToSarif(report, { version: SARIF_VERSION }));
  await writeReportFile(junit, workspace, () => reportToJunit(report));
  await writeReportFile(json, workspace, () => reportToJson(report));
  return { html, sarif, junit, json };
}

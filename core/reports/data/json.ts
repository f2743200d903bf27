import { DataReport } from '../../data/report/data-report.ts';

/** The report for machines, in the form of its schema; `<` is written so that no page takes it for markup. */
export function reportToJson(report: DataReport): string {
  return `${JSON.stringify(DataReport.parse(report), null, 2).replaceAll('<', '\\u003c')}\n`;
}

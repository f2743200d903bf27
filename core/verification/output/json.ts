import { RULES, rulePage } from '../rules.ts';
import type { JudgedScan } from '../waivers.ts';

/** Every file, and every file inside of one, with its verdict; every finding with why it matters. @returns JSON text */
export function scanToJson({ status, report, waived, idle }: JudgedScan): string {
  const findings = report.findings.map((finding) => ({
    ...finding,
    why: RULES.get(finding.rule)?.why ?? '',
    page: rulePage(finding.rule),
  }));
  return JSON.stringify({ version: 1, status, files: report.files, findings, waived, idle });
}

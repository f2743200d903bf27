import { codeSpan, escapeMarkdown, joinBlocks, table } from '../../reports/markdown.ts';
import { ruleLink } from '../../reports/rule-link.ts';
import type { JudgedScan } from '../waivers.ts';

const MAX_ROWS = 100;

/** The scan as Markdown for a comment or a step's summary; all foreign text is escaped. */
export function scanToMarkdown({ status, report, waived }: JudgedScan): string {
  const title = { clean: 'Scan: clean', findings: 'Scan: findings', not_scanned: 'Scan: not everything was scanned' }[
    status
  ];
  const bad = report.files.filter(({ verdict }) => verdict !== 'clean');
  const files = bad
    .slice(0, MAX_ROWS)
    .map((file) => [
      codeSpan(file.path, 200),
      escapeMarkdown(file.format),
      file.verdict,
      (file.reason ?? '').replaceAll('_', ' '),
    ]);
  const findings = report.findings
    .slice(0, MAX_ROWS)
    .map((finding) => [
      finding.severity,
      ruleLink(finding.rule),
      codeSpan(finding.file, 200),
      `${escapeMarkdown(finding.message)}${finding.evidence === undefined ? '' : `: ${codeSpan(finding.evidence, 200)}`}`,
      escapeMarkdown(finding.fix),
    ]);
  const accepted = waived
    .slice(0, MAX_ROWS)
    .map(({ finding, waiver }) => [
      ruleLink(finding.rule),
      codeSpan(finding.file, 200),
      escapeMarkdown(waiver.owner),
      escapeMarkdown(waiver.reason),
      waiver.expires,
    ]);
  return joinBlocks([
    `## ${title}`,
    `${report.files.length} files, those inside of others included.`,
    files.length === 0 ? '' : table(['file', 'format', 'verdict', 'why'], files),
    findings.length === 0 ? '' : table(['severity', 'rule', 'file', 'found', 'what to do'], findings),
    accepted.length === 0 ? '' : table(['waived rule', 'file', 'owner', 'reason', 'until'], accepted),
  ]);
}

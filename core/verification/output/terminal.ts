import type { JudgedScan } from '../waivers.ts';

const MARKS = { clean: '✓', finding: '✗', unscanned: '?' } as const;
const WORDS = {
  clean: 'everything was scanned and is clean',
  findings: 'there are findings',
  not_scanned: 'not everything could be scanned, which is not clean',
} as const;

/** Lines for people: files that are not clean, findings, and the verdict. Foreign text in them is not yet escaped. */
export function scanToLines({ status, report, waived, idle }: JudgedScan): readonly string[] {
  const lines: string[] = [];
  for (const file of report.files) {
    const outer = file.container === undefined;
    if (!outer && file.verdict === 'clean') continue;
    const reason = file.reason === undefined ? '' : `, ${file.reason.replaceAll('_', ' ')}`;
    lines.push(`${MARKS[file.verdict]} ${file.path}  ${file.format}${reason}`);
    for (const finding of report.findings) {
      if (finding.file !== file.path) continue;
      const at = finding.offset === undefined ? '' : ` at byte ${finding.offset}`;
      const evidence = finding.evidence === undefined ? '' : `: ${finding.evidence}`;
      lines.push(
        `    ${finding.severity}  ${finding.rule}${at}  ${finding.message}${evidence}`,
        `        ${finding.fix}`,
      );
    }
  }
  for (const { finding, waiver } of waived)
    lines.push(
      `  waived until ${waiver.expires} by ${waiver.owner}: ${finding.rule} in ${finding.file} (${waiver.reason})`,
    );
  for (const { waiver, why } of idle)
    lines.push(`  the waiver of ${waiver.rule} for ${waiver.sha256} does nothing: ${why}`);
  const held = report.files.filter(({ container }) => container !== undefined).length;
  const count = report.files.length - held;
  lines.push(`${count} ${count === 1 ? 'file' : 'files'} and ${held} inside of them: ${WORDS[status]}`);
  return lines;
}
